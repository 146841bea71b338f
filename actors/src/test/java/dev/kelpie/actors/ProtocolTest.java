package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.NoSerializationVerificationNeeded;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Java 17 cannot check that a dispatch table is complete; this does. */
class ProtocolTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        Coordinator.class,
        RolloutWorker.class,
        RewardWorker.class,
        ScoringWorker.class,
        LearnerWorker.class,
        HeartbeatSender.class,
        MetricsHub.class,
        Node.class,
        Watchdog.class,
        WeightSharing.class
      })
  void everyCommandHasItsHandler(Class<?> actor) {
    Class<?> command =
        Arrays.stream(actor.getDeclaredClasses())
            .filter(type -> type.getSimpleName().equals("Command"))
            .findFirst()
            .orElseThrow();
    Set<String> handlers =
        Arrays.stream(actor.getDeclaredMethods())
            .filter(method -> method.getParameterCount() == 1)
            .map(method -> method.getName() + "(" + method.getParameterTypes()[0].getName() + ")")
            .collect(Collectors.toSet());

    List<Class<?>> permitted = List.of(command.getPermittedSubclasses());

    assertThat(permitted).isNotEmpty();
    for (Class<?> message : permitted) {
      assertThat(handlers).contains("on" + message.getSimpleName() + "(" + message.getName() + ")");
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Coordinator.class,
        RolloutWorker.class,
        RewardWorker.class,
        ScoringWorker.class,
        LearnerWorker.class,
        HeartbeatSender.class,
        Node.class,
        WeightSharing.class
      })
  void everyCommandIsEitherForTheWireOrLocal(Class<?> actor) {
    for (Class<?> type : actor.getDeclaredClasses()) {
      if (type.getSimpleName().equals("Command")) {
        for (Class<?> message : messages(type).toList()) {
          boolean wire = WireMessage.class.isAssignableFrom(message);
          boolean local = NoSerializationVerificationNeeded.class.isAssignableFrom(message);
          assertThat(wire).as(message.getName()).isNotEqualTo(local);
        }
      }
    }
  }

  /** The records of a sealed type and of the sealed types below it. */
  private static Stream<Class<?>> messages(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(ProtocolTest::messages)
        : Stream.of(type);
  }

  @Test
  void rolesHaveTheNamesOfTheExperimentFile() {
    assertThat(Role.parse(List.of("learner", "scoring")))
        .containsExactlyInAnyOrder(Role.LEARNER, Role.SCORING);
    assertThat(Role.parse(List.of())).hasSize(4);
  }
}
