"""You read prompts in passes of their own: whoever is in the middle of an answer waits meanwhile. One pass takes
both.
"""

from kvlab import greedy


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts, waiting, free, live = [[] for _ in prompts], list(range(len(prompts))), list(caches), []

    def step(batch):
        all_logits = model.forward_batch([(new, cache) for _, new, cache in batch], last_only=True)
        going_on = []
        for (request, _, cache), logits in zip(batch, all_logits, strict=True):
            texts[request].append(greedy(logits[-1]))
            if texts[request][-1] in stop_ids or len(texts[request]) == max_new_tokens[request]:
                free.append(cache)
            else:
                going_on.append((request, texts[request][-1:], cache))
        return going_on

    while waiting or live:
        entering = []
        while waiting and free:
            request, cache = waiting.pop(0), free.pop()
            cache.reset()
            entering.append((request, prompts[request], cache))
        live = step(live) if live else []
        live += step(entering) if entering else []
    return texts
