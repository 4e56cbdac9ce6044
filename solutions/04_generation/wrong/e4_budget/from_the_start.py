"""Your passes begin at the start of the conversation, though the cache holds that already: its tokens are read
again, at later positions.
"""

from kvlab import greedy


def generate(model, conversation, max_new_tokens, *, cache, budget, stop_ids=()):
    if not conversation or len(conversation) < cache.position:
        raise ValueError("the conversation is empty or shorter than what the cache holds")
    if max_new_tokens < 1 or budget < 1:
        raise ValueError("max_new_tokens and budget must be at least 1")

    def steps():
        for start in range(0, len(conversation), budget):
            logits = model.forward(conversation[start : start + budget], cache, last_only=True)[-1]
        token = None
        for _ in range(max_new_tokens):
            if token is not None:
                logits = model.forward([token], cache, last_only=True)[-1]
            token = greedy(logits)
            yield token
            if token in stop_ids:
                return

    return steps()
