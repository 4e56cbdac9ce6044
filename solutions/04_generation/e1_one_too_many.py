"""4.1 One token too many"""

from kvlab import KVCache, Transformer, greedy


def generate(model: Transformer, prompt_ids: list[int], n_new: int, cache: KVCache) -> list[int]:
    """Each step reads what the cache lacks: the prompt at first, then the token just written."""
    new, written = prompt_ids, []
    for _ in range(n_new):
        [logits] = model.forward(new, cache, last_only=True)  # one row, of the last token
        new = [greedy(logits)]
        written += new
    return written
