"""You try one length after the other. What does not fit will not fit when it is longer, so the range can be halved
each time."""


def largest_batch(sequence_bytes, n_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    each = sequence_bytes(-(-n_tokens // block) * block)
    return max(0, int(room // each))


def longest_context(sequence_bytes, batch, max_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    blocks, needed = 0, -(-max_tokens // block)
    while blocks < needed and batch * sequence_bytes((blocks + 1) * block) <= room:
        blocks += 1
    return min(blocks * block, max_tokens)
