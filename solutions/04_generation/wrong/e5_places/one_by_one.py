"""You answer one request after another. One pass can serve all places, and reads the weights once for all of them."""

from kvlab import generate_cached


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts = []
    for prompt, count in zip(prompts, max_new_tokens, strict=True):
        caches[0].reset()
        texts.append(list(generate_cached(model, prompt, count, cache=caches[0], stop_ids=stop_ids)))
    return texts
