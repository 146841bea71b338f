"""Reference numbers of LearnerParityTest: one GRPO and one PPO step, two epochs each, by torch and transformers.

usage: learner_steps.py FOLDER OUT.safetensors     (FOLDER: learner/src/test/resources/llama-gqa)
Everything is written out here: group advantages, GAE, the clipped losses, KL and AdamW by torch.optim. The rows of a
group are computed one by one, each with its own copy of the prompt.
"""

import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

FOLDER, OUT = sys.argv[1:3]
torch.manual_seed(3)
torch.set_num_threads(1)
PROMPTS = [[5, 61, 17, 203, 9], [44, 2, 310]]
LENGTHS = [6, 4, 7, 5, 1, 3]  # three responses to each prompt
# Token 0 is the padding, whose embedding transformers never trains; Kelpie trains it like any other.
ROWS = [(i // 3, torch.randint(1, 384, (n,)).tolist()) for i, n in enumerate(LENGTHS)]
REWARDS = [1.0, 0.0, 0.5, -0.25, 1.0, 0.0]
R = max(LENGTHS)
MASK = torch.tensor([[1.0 if t < n else 0.0 for t in range(R)] for n in LENGTHS])
REFERENCE = (torch.randn(len(ROWS), R) * 0.3 - 5.5) * MASK


def open_model():
    return AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32, attn_implementation="eager")


def pad(rows):
    return torch.stack([torch.cat([x, torch.zeros(R - len(x))]) for x in rows])


def hidden(model, prompt, response):
    ids = torch.tensor([PROMPTS[prompt] + response])
    n = len(PROMPTS[prompt])
    return model.model(ids).last_hidden_state[0, n - 1 : -1]


def forward(model):
    logprobs, entropies = [], []
    for prompt, response in ROWS:
        all = torch.log_softmax(model.lm_head(hidden(model, prompt, response)), -1)
        logprobs.append(all.gather(1, torch.tensor(response)[:, None])[:, 0])
        entropies.append(-(all.exp() * all).sum(-1))
    return pad(logprobs), pad(entropies)


def mean(x):
    return (x * MASK).sum() / MASK.sum()


def adamw(parameters, rate):
    return torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01)


def step(optimizer, loss, parameters):
    optimizer.zero_grad()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return loss.item(), norm.item()


def clipped(logprobs, old, advantages):
    ratio = torch.exp(logprobs - old)
    return mean(torch.maximum(-advantages * ratio, -advantages * ratio.clamp(0.8, 1.2)))


def grpo():
    model = open_model()
    rewards = torch.tensor(REWARDS).view(2, 3)
    advantages = ((rewards - rewards.mean(1, True)) / (rewards.std(1, keepdim=True) + 1e-6)).view(-1, 1)
    optimizer = adamw(model.parameters(), 1e-3)
    old, numbers = None, []
    for _ in range(2):
        logprobs, entropy = forward(model)
        old = logprobs.detach() if old is None else old
        d = REFERENCE - logprobs
        loss = clipped(logprobs, old, advantages) + 0.04 * mean(torch.exp(d) - 1 - d) - 0.01 * mean(entropy)
        numbers.append(step(optimizer, loss, list(model.parameters())))
    return model, numbers


def ppo():
    model, critic = open_model(), open_model()
    weight, bias = torch.zeros(1, 48, requires_grad=True), torch.zeros(1, requires_grad=True)
    critic_parameters = list(critic.model.parameters()) + [weight, bias]

    def values():
        return pad([hidden(critic, p, r) @ weight[0] + bias for p, r in ROWS])

    with torch.no_grad():
        old, old_values = forward(model)[0], values()
    rewards = -0.05 * (old - REFERENCE) * MASK
    for b, n in enumerate(LENGTHS):
        rewards[b, n - 1] += REWARDS[b]
    advantages = torch.zeros_like(rewards)
    for b, n in enumerate(LENGTHS):
        trace, following = 0.0, 0.0
        for t in reversed(range(n)):
            trace = rewards[b, t] + following - old_values[b, t] + 0.95 * trace
            following = old_values[b, t]
            advantages[b, t] = trace
    returns = advantages + old_values
    center = mean(advantages)
    variance = mean((advantages - center) ** 2) * MASK.sum() / (MASK.sum() - 1)
    advantages = (advantages - center) / torch.sqrt(variance + 1e-8) * MASK
    optimizer, critic_optimizer = adamw(model.parameters(), 1e-3), adamw(critic_parameters, 5e-4)
    numbers, critic_numbers = [], []
    for _ in range(2):
        numbers.append(step(optimizer, clipped(forward(model)[0], old, advantages), list(model.parameters())))
        v = values()
        near = old_values + (v - old_values).clamp(-0.2, 0.2)
        loss = 0.5 * mean(torch.maximum((v - returns) ** 2, (near - returns) ** 2))
        critic_numbers.append(step(critic_optimizer, loss, critic_parameters))
    return model, numbers, critic_numbers


def main():
    arrays = {
        "mask": MASK,
        "reference": REFERENCE,
        "rewards": torch.tensor(REWARDS),
        "tokens": torch.tensor([r + [-1] * (R - len(r)) for _, r in ROWS], dtype=torch.int64),
        "prompts": torch.tensor([p + [-1] * (5 - len(p)) for p in PROMPTS], dtype=torch.int64),
    }
    model, numbers = grpo()
    critic_model, ppo_numbers, critic_numbers = ppo()
    for name, m, n in (("grpo", model, numbers), ("ppo", critic_model, ppo_numbers)):
        arrays[name + ".numbers"] = torch.tensor(n).mean(0)  # loss and norm, mean over the updates
        for parameter in ("model.norm.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight"):
            arrays[f"{name}.{parameter}"] = m.state_dict()[parameter].clone()
    arrays["ppo.value_numbers"] = torch.tensor(critic_numbers).mean(0)
    save_file(arrays, OUT)


main()
