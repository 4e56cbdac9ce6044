"""Your loop also reads the last token that it writes, though nobody asks what follows it."""

from kvlab import greedy


def generate(model, prompt_ids, n_new, cache):
    logits = model.forward(prompt_ids, cache, last_only=True)
    written = []
    for _ in range(n_new):
        written.append(greedy(logits[-1]))
        logits = model.forward(written[-1:], cache, last_only=True)
    return written
