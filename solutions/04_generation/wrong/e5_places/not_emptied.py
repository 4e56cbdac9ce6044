"""The next request reads on in a cache that still holds somebody else's text, and is answered with that in view.

Where: claude-code-local #47
Link: https://github.com/nicedreamzapp/claude-code-local/pull/47
"""

from kvlab import greedy


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    texts, waiting, free, live = [[] for _ in prompts], list(range(len(prompts))), list(caches), []
    while waiting or live:
        while waiting and free:
            request = waiting.pop(0)
            live.append((request, prompts[request], free.pop()))
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
