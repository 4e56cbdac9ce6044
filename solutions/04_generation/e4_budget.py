"""4.4 A budget for each pass"""

from collections.abc import Collection, Iterator

from kvlab import KVCache, Transformer, greedy


def generate(
    model: Transformer,
    conversation: list[int],
    max_new_tokens: int,
    *,
    cache: KVCache,
    budget: int,
    stop_ids: Collection[int] = (),
) -> Iterator[int]:
    """Read what the cache lacks of the text, choose, append: prompt and reply are one text."""
    if not conversation or len(conversation) < cache.position:
        raise ValueError(
            f"{len(conversation)} tokens were given, and the cache holds {cache.position}: give all of them."
        )
    if max_new_tokens < 1 or budget < 1:
        raise ValueError(f"max_new_tokens is {max_new_tokens} and budget {budget}: both must be at least 1.")

    def steps() -> Iterator[int]:
        text = list(conversation)
        cache.truncate(min(cache.position, len(text) - 1))  # it keeps no logits, so one token must be read
        for _ in range(max_new_tokens):
            while cache.position < len(text):
                unread = text[cache.position :]
                [logits] = model.forward(unread[:budget], cache, last_only=True)
            text.append(greedy(logits))
            yield text[-1]
            if text[-1] in stop_ids:
                return

    return steps()
