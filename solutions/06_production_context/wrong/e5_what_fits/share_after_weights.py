"""You take the share of what the weights leave. Here it is a share of the whole memory, and they come out of it."""


def largest_batch(sequence_bytes, n_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * (memory - weights) - activations
    each = sequence_bytes(-(-n_tokens // block) * block)
    return max(0, int(room // each))


def longest_context(sequence_bytes, batch, max_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * (memory - weights) - activations
    fits, most = 0, -(-max_tokens // block)
    while fits < most:
        middle = (fits + most + 1) // 2
        if batch * sequence_bytes(middle * block) <= room:
            fits = middle
        else:
            most = middle - 1
    return min(fits * block, max_tokens)
