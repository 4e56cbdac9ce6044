"""Your answer is below 0 where not even the weights fit. Then nothing fits, which is 0."""


def largest_batch(sequence_bytes, n_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    each = sequence_bytes(-(-n_tokens // block) * block)
    return int(room // each)


def longest_context(sequence_bytes, batch, max_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    fits = 0
    for blocks in range(1, -(-max_tokens // block) + 1):
        if batch * sequence_bytes(blocks * block) <= room:
            fits = blocks
    return min(fits * block, max_tokens) if room >= 0 else -1
