"""You count the prompt's tokens from the start of the cache, but the cache may hold an earlier text."""

from kvlab import greedy


def generate(model, prompt_ids, n_new, cache):
    text = list(prompt_ids)
    for _ in range(n_new):
        logits = model.forward(text[cache.position :], cache, last_only=True)
        text.append(greedy(logits[-1]))
    return text[len(prompt_ids) :]
