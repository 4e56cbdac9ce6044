"""You count a latent row for every head. All heads read the same one, which is what makes a latent small."""


class MemoryCalculator:
    def __init__(self, groups, bytes_per_number=2):
        for group in groups:
            if group["kind"] not in ("full", "window", "latent", "state"):
                raise ValueError(f"unknown kind {group['kind']!r}")
        self.groups, self.size = groups, bytes_per_number

    def sequence_bytes(self, n_tokens):
        if n_tokens < 0:
            raise ValueError("a negative number of tokens")
        return sum(group["n_layers"] * self.layer(group, n_tokens) for group in self.groups)

    def next_token_bytes(self, n_tokens):
        return self.sequence_bytes(n_tokens + 1) - self.sequence_bytes(n_tokens)

    def report(self, n_tokens):
        size, unit = self.sequence_bytes(n_tokens), "B"
        for larger in ("KiB", "MiB", "GiB"):
            if size >= 1024:
                size, unit = size / 1024, larger
        return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"

    def layer(self, group, n_tokens):
        if group["kind"] == "state":
            return group["state_numbers"] * 4
        if group["kind"] == "latent":
            return n_tokens * group["n_kv_heads"] * (group["rank"] + group["rope_dim"]) * self.size
        rows = min(n_tokens, group["window"]) if group["kind"] == "window" else n_tokens
        return 2 * group["n_kv_heads"] * group["head_dim"] * rows * self.size
