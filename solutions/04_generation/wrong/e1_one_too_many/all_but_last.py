"""You read all of the prompt but its last token first. Of a prompt of one token nothing is left, and forward
refuses to read nothing.
"""

from kvlab import greedy


def generate(model, prompt_ids, n_new, cache):
    model.forward(prompt_ids[:-1], cache, last_only=True)
    text = list(prompt_ids)
    for _ in range(n_new):
        logits = model.forward(text[-1:], cache, last_only=True)
        text.append(greedy(logits[-1]))
    return text[len(prompt_ids) :]
