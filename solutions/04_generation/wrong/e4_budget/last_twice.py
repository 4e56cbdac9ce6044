"""After the prompt you decode from its last token, which prefill has read already: the cache holds it twice.

Where: TinyTorch, module 19
Link: https://github.com/MLSysBook/TinyTorch/blob/73e7f5b67acbfa90a701c836605591faa3478149/modules/19_caching/caching_dev.py
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
            model.forward(conversation[start : start + budget], cache, last_only=True)
        token = conversation[-1]
        for _ in range(max_new_tokens):
            token = greedy(model.forward([token], cache, last_only=True)[-1])
            yield token
            if token in stop_ids:
                return

    return steps()
