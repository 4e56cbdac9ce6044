"""The cache holds the whole conversation, so you read nothing, and there are no logits to choose from. Its last
token must be read again.

Where: nano-vllm #144
Link: https://github.com/GeeeekExplorer/nano-vllm/issues/144
"""

from kvlab import greedy


def generate(model, conversation, max_new_tokens, *, cache, budget, stop_ids=()):
    if not conversation or len(conversation) < cache.position:
        raise ValueError("the conversation is empty or shorter than what the cache holds")
    if max_new_tokens < 1 or budget < 1:
        raise ValueError("max_new_tokens and budget must be at least 1")

    def steps():
        text = list(conversation)
        for _ in range(max_new_tokens):
            while cache.position < len(text):
                start = cache.position
                logits = model.forward(text[start : start + budget], cache, last_only=True)[-1]
            text.append(greedy(logits))
            yield text[-1]
            if text[-1] in stop_ids:
                return

    return steps()
