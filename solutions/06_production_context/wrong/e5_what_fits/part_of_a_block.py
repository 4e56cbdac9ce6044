"""You count tokens where the engine gives out whole blocks. A block that has been begun is taken."""


def largest_batch(sequence_bytes, n_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    each = sequence_bytes(n_tokens)
    return max(0, int(room // each))


def longest_context(sequence_bytes, batch, max_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    fits, most = 0, max_tokens
    while fits < most:
        middle = (fits + most + 1) // 2
        if batch * sequence_bytes(middle) <= room:
            fits = middle
        else:
            most = middle - 1
    return fits
