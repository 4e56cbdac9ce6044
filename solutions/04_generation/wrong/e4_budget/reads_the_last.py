"""You read each new token before anyone asks for the next one, so the last one is read too, and the cache holds
one token too many.
"""

from kvlab import greedy


def generate(model, conversation, max_new_tokens, *, cache, budget, stop_ids=()):
    if not conversation or len(conversation) < cache.position:
        raise ValueError("the conversation is empty or shorter than what the cache holds")
    if max_new_tokens < 1 or budget < 1:
        raise ValueError("max_new_tokens and budget must be at least 1")

    def steps():
        cache.truncate(min(cache.position, len(conversation) - 1))
        while cache.position < len(conversation):
            start = cache.position
            logits = model.forward(conversation[start : start + budget], cache, last_only=True)[-1]
        for _ in range(max_new_tokens):
            token = greedy(logits)
            logits = model.forward([token], cache, last_only=True)[-1]
            yield token
            if token in stop_ids:
                return

    return steps()
