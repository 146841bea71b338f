package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.h;
import static dev.kelpie.cli.methods.Numbers.ls;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import java.nio.file.Path;
import java.util.List;

/** Methods that train a low-rank adapter. */
final class AdapterMethods {
  static final List<Method> ALL =
      List.of(Method.of("anita", AdapterMethods::anita, "policy.lora.dropout=0"));

  private AdapterMethods() {}

  private static void anita(MethodRuns runs) {
    Recorded run = runs.whole();
    // A fresh adapter adds nothing, so the policy starts as its reference.
    assertThat(run.metric(1, "policy/loss")).isCloseTo(Math.log(2), within(1e-4));
    run.requireLoss(2, pair -> -ls(0.1 * h(pair)));
    Weights base = Weights.ofTheStart();
    boolean moved = false;
    for (TrainedPair pair : run.pairs(2)) {
      for (TrainedPair.Side side : List.of(pair.chosen(), pair.rejected())) {
        Trajectory trajectory = run.response(2, side).trajectory();
        double reference = side.logprob() - side.logRatio();
        assertThat(reference).isCloseTo(base.logprob(trajectory), within(1e-3));
        moved |= Math.abs(side.logRatio()) > 1e-3;
      }
    }
    assertThat(moved).isTrue();
    Path policy = Weights.after(run, 2).folder();
    ModelConfig model = ModelConfig.open(Shipped.configs().resolve("quickstart/policy"));
    try (AdapterFolder adapter = AdapterFolder.open(policy, model)) {
      assertThat(adapter.tensors()).allMatch(tensor -> tensor.name().contains(".lora_"));
    }
    assertThat(policy.resolve("model.safetensors")).doesNotExist();
    // The masks of dropout lead to other weights.
    assertThat(runs.with("policy.lora.dropout=0.5").weights()).isNotEqualTo(run.weights());
  }
}
