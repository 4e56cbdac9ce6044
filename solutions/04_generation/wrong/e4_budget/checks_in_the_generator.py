"""Your checks run too late. A call of a generator runs nothing of its body, not even the checks: it begins when the
first token is asked for.
"""

from kvlab import greedy


def generate(model, conversation, max_new_tokens, *, cache, budget, stop_ids=()):
    if not conversation or len(conversation) < cache.position:
        raise ValueError("the conversation is empty or shorter than what the cache holds")
    if max_new_tokens < 1 or budget < 1:
        raise ValueError("max_new_tokens and budget must be at least 1")
    text = list(conversation)
    cache.truncate(min(cache.position, len(text) - 1))
    for _ in range(max_new_tokens):
        while cache.position < len(text):
            start = cache.position
            logits = model.forward(text[start : start + budget], cache, last_only=True)[-1]
        text.append(greedy(logits))
        yield text[-1]
        if text[-1] in stop_ids:
            return
