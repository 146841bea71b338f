package dev.kelpie.dashboard;

import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of a step of a run that learns, as many as a real step has. */
final class Numbers {
  private Numbers() {}

  static Map<String, Double> of(long step) {
    double learned = 1 - Math.exp(-step / 300.0);
    double wave = Math.sin(step * 0.7) * 0.05 + Math.sin(step * 2.3) * 0.03;
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("reward/mean", 0.3 + 0.6 * learned + wave);
    values.put("reward/std", 0.4 - 0.2 * learned);
    values.put("reward/min", 0.0);
    values.put("reward/max", 1.0);
    values.put("reward/answer/mean", 0.3 + 0.6 * learned + wave);
    values.put("reward/frac_zero_std", 0.1 + 0.3 * learned);
    values.put("response_length/mean", 21.5 + 4 * wave);
    values.put("response_length/max", 26.0);
    values.put("response_length/clip_ratio", 0.02);
    values.put("policy/loss", 0.02 * wave);
    values.put("policy/entropy", 1.2 - 0.9 * learned + wave);
    values.put("policy/approx_kl", 0.002 + 0.001 * wave);
    values.put("policy/clip_frac", 0.08 + wave / 4);
    values.put("policy/clip_frac_low", 0.05 + wave / 8);
    values.put("policy/clip_frac_high", 0.03 + wave / 8);
    values.put("policy/grad_norm", 0.6 + wave);
    values.put("policy/lr", 1e-4);
    values.put("advantages/mean", 0.0);
    values.put("advantages/std", 0.9);
    values.put("timing_s/rollout", 0.31 + wave / 10);
    values.put("timing_s/reward", 0.004);
    values.put("timing_s/ref_logprob", 0.0);
    values.put("timing_s/update_policy", 0.28 - wave / 10);
    values.put("timing_s/weight_sync", 0.02);
    values.put("timing_s/other", 0.01);
    values.put("timing_s/step", 0.624);
    values.put("throughput/tokens_per_s", 2200 + 900 * wave);
    values.put("staleness/mean", 0.0);
    values.put("staleness/max", 0.0);
    if (step % 50 == 0) {
      values.put("eval/reward/mean", 0.33 + 0.57 * learned);
      values.put("eval/greedy/reward/mean", 0.36 + 0.57 * learned);
    }
    return values;
  }
}
