"""All your requests write into one list: `[[]] * n` holds the same list n times, so each gets the tokens of all."""

from kvlab import greedy


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts, waiting, free, live = [[]] * len(prompts), list(range(len(prompts))), list(caches), []
    while waiting or live:
        while waiting and free:
            request, cache = waiting.pop(0), free.pop()
            cache.reset()
            live.append((request, prompts[request], cache))
        all_logits = model.forward_batch([(new, cache) for _, new, cache in live], last_only=True)
        going_on = []
        for (request, _, cache), logits in zip(live, all_logits, strict=True):
            texts[request].append(greedy(logits[-1]))
            if texts[request][-1] in stop_ids or len(texts[request]) == max_new_tokens[request]:
                free.append(cache)
            else:
                going_on.append((request, texts[request][-1:], cache))
        live = going_on
    return texts
