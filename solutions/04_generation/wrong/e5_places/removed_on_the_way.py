"""You take a sequence out of the list while you go through that list: the one behind it moves up and gets no token, or
another one's."""

from kvlab import greedy


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts, waiting, free, live = [[] for _ in prompts], list(range(len(prompts))), list(caches), []
    while waiting or live:
        while waiting and free:
            request, cache = waiting.pop(0), free.pop()
            cache.reset()
            live.append([request, prompts[request], cache])
        all_logits = model.forward_batch([(new, cache) for _, new, cache in live], last_only=True)
        for i, sequence in enumerate(live):
            request, _, cache = sequence
            texts[request].append(greedy(all_logits[i][-1]))
            sequence[1] = texts[request][-1:]
            if texts[request][-1] in stop_ids or len(texts[request]) == max_new_tokens[request]:
                free.append(cache)
                live.remove(sequence)
    return texts
