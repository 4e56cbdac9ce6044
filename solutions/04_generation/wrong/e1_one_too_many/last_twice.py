"""The prompt's last token is read twice: prefill has read it, and its logits choose the first new token.

Where: TinyTorch, module 19
Link: https://github.com/MLSysBook/TinyTorch/blob/73e7f5b67acbfa90a701c836605591faa3478149/modules/19_caching/caching_dev.py
"""

from kvlab import greedy


def generate(model, prompt_ids, n_new, cache):
    model.forward(prompt_ids, cache, last_only=True)
    text = list(prompt_ids)
    for _ in range(n_new):
        logits = model.forward(text[-1:], cache, last_only=True)
        text.append(greedy(logits[-1]))
    return text[len(prompt_ids) :]
