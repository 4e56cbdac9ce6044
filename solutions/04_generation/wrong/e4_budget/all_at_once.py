"""You write the whole reply before you hand out its first token: the reader waits for all of it, and who leaves
early leaves a cache that has read on.
"""

from kvlab import greedy


def generate(model, conversation, max_new_tokens, *, cache, budget, stop_ids=()):
    if not conversation or len(conversation) < cache.position:
        raise ValueError("the conversation is empty or shorter than what the cache holds")
    if max_new_tokens < 1 or budget < 1:
        raise ValueError("max_new_tokens and budget must be at least 1")
    text = list(conversation)
    cache.truncate(min(cache.position, len(text) - 1))
    while len(text) < len(conversation) + max_new_tokens:
        while cache.position < len(text):
            start = cache.position
            logits = model.forward(text[start : start + budget], cache, last_only=True)[-1]
        text.append(greedy(logits))
        if text[-1] in stop_ids:
            break
    return iter(text[len(conversation) :])
