package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.UnitId;
import org.junit.jupiter.api.Test;

class UnitAtHandTest {
  private static final UnitId FIRST = new UnitId(Purpose.ROLLOUT, 1, 0, 0);
  private static final UnitId SECOND = new UnitId(Purpose.ROLLOUT, 2, 0, 0);

  private final UnitAtHand<String> hand = new UnitAtHand<>();

  @Test
  void oneUnitIsAtHandAtATime() {
    assertThat(hand.isFree()).isTrue();
    assertThatThrownBy(hand::lastAnswer).hasMessage("no answer yet");
    assertThat(hand.order(FIRST)).isEqualTo(UnitAtHand.Next.BEGIN);
    assertThat(hand.order(FIRST)).isEqualTo(UnitAtHand.Next.IGNORE);
    assertThat(hand.order(SECOND)).isEqualTo(UnitAtHand.Next.IGNORE);
    assertThat(hand.isFree()).isFalse();
  }

  @Test
  void theAnswerToALateOrderIsTheLastOne() {
    hand.order(FIRST);
    hand.done(FIRST, "one");
    assertThat(hand.order(FIRST)).isEqualTo(UnitAtHand.Next.REPEAT);
    assertThat(hand.lastAnswer()).isEqualTo("one");
    assertThat(hand.order(FIRST.retry())).isEqualTo(UnitAtHand.Next.BEGIN);
  }

  @Test
  void aUnitThatFailedIsBegunAgain() {
    hand.order(FIRST);
    hand.failed();
    assertThat(hand.isFree()).isTrue();
    assertThat(hand.order(FIRST)).isEqualTo(UnitAtHand.Next.BEGIN);
  }
}
