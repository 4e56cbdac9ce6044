"""You take the doubled token back and read it again: right, but it is still read twice."""

from kvlab import greedy


def generate(model, prompt_ids, n_new, cache):
    model.forward(prompt_ids, cache, last_only=True)
    cache.truncate(cache.position - 1)
    text = list(prompt_ids)
    for _ in range(n_new):
        logits = model.forward(text[-1:], cache, last_only=True)
        text.append(greedy(logits[-1]))
    return text[len(prompt_ids) :]
