"""
Who may send, and when.

`turnstile` is what the rest of the client sees, and `scheduler` stands behind it: what there is to
spend is in `rules.budget`, the order in `rules.dispatch`, what refusals teach in `rules.adapt`, and
`turns` waits. Where several processes share a budget it is `shared` instead, whose `asker` speaks
to one of the `stores`.
"""
