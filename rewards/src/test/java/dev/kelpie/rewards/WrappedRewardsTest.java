package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Every run's reward is wrapped: a question that a wrapper does not pass on is answered wrongly.
 */
class WrappedRewardsTest {
  /** Its connections are there already. */
  private static final Set<String> NOT_OF_CONNECTED = Set.of("connect");

  /** Only the connections know what is spent; scaling one reward is the business of its term. */
  private static final Set<String> NOT_OF_COMPOSED = Set.of("exhausted", "scaled(Scale)");

  @Test
  void aConnectedRewardPassesOnAllQuestions() {
    assertThat(notPassedOn(ConnectedReward.class, NOT_OF_CONNECTED)).isEmpty();
  }

  @Test
  void aRewardWithScorersOfEvaluationsPassesOnAllQuestions() {
    assertThat(notPassedOn(EvaluatedRewards.class, NOT_OF_COMPOSED)).isEmpty();
  }

  private static List<String> notPassedOn(Class<? extends Reward> wrapper, Set<String> but) {
    return Arrays.stream(Reward.class.getDeclaredMethods())
        .filter(method -> !method.isSynthetic() && !isDeclared(wrapper, method))
        .map(WrappedRewardsTest::name)
        .filter(name -> !but.contains(name) && !but.contains(name.replaceAll("\\(.*", "")))
        .toList();
  }

  private static boolean isDeclared(Class<?> wrapper, Method method) {
    return Arrays.stream(wrapper.getDeclaredMethods())
        .anyMatch(own -> name(own).equals(name(method)));
  }

  private static String name(Method method) {
    List<String> types =
        Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList();
    return method.getName() + "(" + String.join(", ", types) + ")";
  }
}
