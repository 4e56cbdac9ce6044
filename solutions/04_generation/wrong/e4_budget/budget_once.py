"""Only your first pass keeps to the budget: the next one reads all the rest of the prompt."""

from kvlab import greedy


def generate(model, conversation, max_new_tokens, *, cache, budget, stop_ids=()):
    if not conversation or len(conversation) < cache.position:
        raise ValueError("the conversation is empty or shorter than what the cache holds")
    if max_new_tokens < 1 or budget < 1:
        raise ValueError("max_new_tokens and budget must be at least 1")

    def steps():
        cache.truncate(min(cache.position, len(conversation) - 1))
        start = cache.position
        new = conversation[start : start + budget]
        logits = model.forward(new, cache, last_only=True)[-1]
        if cache.position < len(conversation):
            logits = model.forward(conversation[cache.position :], cache, last_only=True)[-1]
        token = None
        for _ in range(max_new_tokens):
            if token is not None:
                logits = model.forward([token], cache, last_only=True)[-1]
            token = greedy(logits)
            yield token
            if token in stop_ids:
                return

    return steps()
