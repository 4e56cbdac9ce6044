"""One request writes its stop token, and your loop ends them all: only that request has ended."""

from kvlab import greedy


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts, waiting, free, live = [[] for _ in prompts], list(range(len(prompts))), list(caches), []
    stopped = False
    while (waiting or live) and not stopped:
        while waiting and free:
            request, cache = waiting.pop(0), free.pop()
            cache.reset()
            live.append((request, prompts[request], cache))
        all_logits = model.forward_batch([(new, cache) for _, new, cache in live], last_only=True)
        going_on = []
        for (request, _, cache), logits in zip(live, all_logits, strict=True):
            texts[request].append(greedy(logits[-1]))
            stopped = stopped or texts[request][-1] in stop_ids
            if len(texts[request]) == max_new_tokens[request]:
                free.append(cache)
            else:
                going_on.append((request, texts[request][-1:], cache))
        live = going_on
    return texts
