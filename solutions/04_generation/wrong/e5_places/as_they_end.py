"""Your results come in the order in which the requests end, not in the order of the prompts."""

from kvlab import greedy


def serve(model, prompts, max_new_tokens, caches, stop_ids=()):
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError("give a cache at least, and a number of tokens for each prompt")
    done, waiting, free, live = [], list(zip(prompts, max_new_tokens, strict=True)), list(caches), []
    while waiting or live:
        while waiting and free:
            (prompt, count), cache = waiting.pop(0), free.pop()
            cache.reset()
            live.append(([], prompt, count, cache))
        all_logits = model.forward_batch([(new, cache) for _, new, _, cache in live], last_only=True)
        going_on = []
        for (text, _, count, cache), logits in zip(live, all_logits, strict=True):
            text.append(greedy(logits[-1]))
            if text[-1] in stop_ids or len(text) == count:
                free.append(cache)
                done.append(text)
            else:
                going_on.append((text, text[-1:], count, cache))
        live = going_on
    return done
