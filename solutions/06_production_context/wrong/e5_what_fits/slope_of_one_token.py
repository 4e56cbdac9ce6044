"""You take what the first token costs for the price of every token. With windows and states, bytes are not
proportional to tokens: ask sequence_bytes for the length itself.

Where: aiconfigurator #1201
Link: https://github.com/ai-dynamo/aiconfigurator/pull/1201
"""


def largest_batch(sequence_bytes, n_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    each = sequence_bytes(1) * -(-n_tokens // block) * block
    return max(0, int(room // each))


def longest_context(sequence_bytes, batch, max_tokens, memory, weights, activations, share=0.9, block=16):
    room = share * memory - weights - activations
    blocks = int(max(0, room) // (batch * sequence_bytes(1) * block))
    return min(blocks * block, max_tokens)
