"""4.5 A place becomes free"""

from collections import deque
from collections.abc import Collection

from kvlab import KVCache, Transformer, greedy


def serve(
    model: Transformer,
    prompts: list[list[int]],
    max_new_tokens: list[int],
    caches: list[KVCache],
    stop_ids: Collection[int] = (),
) -> list[list[int]]:
    """In each round: who waits enters where there is room, all read and write, who has ended leaves."""
    if not caches or len(prompts) != len(max_new_tokens):
        raise ValueError(
            f"{len(prompts)} prompts, {len(max_new_tokens)} max_new_tokens and {len(caches)} caches were given: "
            "each prompt needs a number of tokens, and there must be a cache."
        )
    texts: list[list[int]] = [[] for _ in prompts]
    waiting, free = deque(enumerate(prompts)), list(caches)
    live: list[tuple[int, list[int], KVCache]] = []  # request, what its cache has not read, its cache
    while waiting or live:
        while waiting and free:
            cache = free.pop()
            cache.reset()  # it may hold what somebody else asked
            live.append((*waiting.popleft(), cache))
        all_logits = model.forward_batch([(new, cache) for _, new, cache in live], last_only=True)
        going_on = []
        for (request, _, cache), [logits] in zip(live, all_logits, strict=True):
            token = greedy(logits)
            texts[request].append(token)
            if token in stop_ids or len(texts[request]) == max_new_tokens[request]:
                free.append(cache)
            else:
                going_on.append((request, [token], cache))
        live = going_on
    return texts
