"""You let nobody enter before all places are free: the short requests wait for the longest, in empty places."""

from kvlab import generate_batch


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts, n = [[] for _ in prompts], len(caches)
    for first in range(0, len(prompts), n):
        group, counts = prompts[first : first + n], max_new_tokens[first : first + n]
        for cache in caches:
            cache.reset()
        for i, token in generate_batch(model, group, counts, caches=caches[: len(group)], stop_ids=stop_ids):
            texts[first + i].append(token)
    return texts
