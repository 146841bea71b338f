package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The published methods of {@code configs/methods}: each is validated, trained for two steps,
 * resumed after the first, and the number of its row in {@code docs/methods.md} is computed from
 * the files of its runs. {@code -Dkelpie.methods=ID,ID} runs only these.
 */
class MethodsTest {
  private static final List<String> IDS =
      List.of(
          """
          cream cdr dpo.robust c-rlft dpo.reward-augmented orca-math weak-to-strong poft
          rationale-po fspo ln-dpo hypo.hybrid-kl dove flr curry-dpo sppo selfie apo.accelerated
          spo.minimax selm srpo.self-improving long-po sami dno t-reg spin irepo grath
          self-rationalization ditto.repetition cpl.contrastive mapl rto tdpo cdpo.critical-tokens
          modpo ma-ppo dpa.directional p3o rso ld-dpo tpo.triple simpo vpo.value-incentivized asft
          oreo self-certainty trpa drift align-xplore cpo.constrained irpo.in-context
          rm-ensemble rewriting rm-ppo sem-dpo r3 constrained-ppo pro.orchestrator sparse-po
          super-correct b-star upo prime
          pal vpl more pit secrets2.metarm
          eurus world-pm rm.context rm.features gpo.general-preference
          tick self-reference osp temporal-sr scir pu-distill annotation-router salmon
          oni anita
          """
              .strip()
              .split("\\s+"));

  private static final List<Method> METHODS =
      Stream.of(
              PairLossMethods.ALL,
              LabelMethods.ALL,
              TokenMethods.ALL,
              GroupMethods.ALL,
              DataMethods.ALL,
              ModelMethods.ALL,
              ScorerMethods.ALL,
              CombinedRewardMethods.ALL,
              RewardModelMethods.ALL,
              UserMethods.ALL,
              MetaMethods.ALL,
              GapMethod.ALL,
              FeatureMethod.ALL,
              JudgeMethods.ALL,
              SelfJudgeMethods.ALL,
              PeopleMethods.ALL,
              VariantMethods.ALL,
              VocabularyMethods.ALL,
              TokenChannelMethods.ALL,
              MemberMethods.ALL,
              IterationMethods.ALL,
              StageMethods.ALL,
              LoopMethods.ALL,
              AdapterMethods.ALL,
              OnlineMethod.ALL)
          .flatMap(List::stream)
          .toList();

  static Stream<Method> methods() {
    List<String> only = List.of(System.getProperty("kelpie.methods", "").split(","));
    return METHODS.stream().filter(method -> only.contains("") || only.contains(method.id()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void twoStepsAndAResumeAndTheNumberOfItsRow(Method method, @TempDir Path folder)
      throws Exception {
    try (MethodRuns runs = new MethodRuns(method, folder)) {
      runs.validate();
      assertThat(runs.resumed().weights()).isEqualTo(runs.whole().weights());
      method.check().of(runs);
    }
  }

  @Test
  void everyMethodHasAFileAnAssertionAndARow() throws IOException {
    Path configs = Shipped.configs();
    String document = Files.readString(configs.resolveSibling("docs/methods.md"));
    assertThat(METHODS).extracting(Method::id).containsExactlyInAnyOrderElementsOf(IDS);
    for (String id : IDS) {
      Path file = configs.resolve("methods/" + id + ".conf");
      assertThat(Files.readAllLines(file)).as(id).hasSizeLessThanOrEqualTo(40);
      assertThat(document).as(id).contains("| [" + id + "](../configs/methods/" + id + ".conf) |");
    }
  }
}
