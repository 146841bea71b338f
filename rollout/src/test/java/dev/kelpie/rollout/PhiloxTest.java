package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhiloxTest {
  @Test
  void givesTheKnownAnswers() {
    // Random123's kat_vectors for philox4x32 10
    assertThat(Philox.block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  }

  @Test
  void differsByEverythingButTheAttempt() {
    SampleId id = new SampleId(new GroupId(Purpose.ROLLOUT, 3, 5), 2, 0);
    Set<Float> numbers = new HashSet<>();
    numbers.add(Philox.uniform(1, id, 7));
    numbers.add(Philox.uniform(2, id, 7));
    numbers.add(Philox.uniform(1L << 32, id, 7));
    numbers.add(Philox.uniform(1, id, 8));
    numbers.add(Philox.uniform(1, new SampleId(id.group(), 3, 0), 7));
    numbers.add(Philox.uniform(1, new SampleId(new GroupId(Purpose.EVAL, 3, 5), 2, 0), 7));
    numbers.add(Philox.uniform(1, new SampleId(new GroupId(Purpose.ROLLOUT, 4, 5), 2, 0), 7));
    numbers.add(Philox.uniform(1, new SampleId(new GroupId(Purpose.ROLLOUT, 3, 6), 2, 0), 7));
    assertThat(numbers).hasSize(8);
    assertThat(Philox.uniform(1, new SampleId(id.group(), 2, 9), 7))
        .isEqualTo(Philox.uniform(1, id, 7));
  }

  @Test
  void isUniformOnTheHalfOpenUnitInterval() {
    SampleId id = new SampleId(new GroupId(Purpose.ROLLOUT, 1, 0), 0, 0);
    double sum = 0;
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      float u = Philox.uniform(11, id, i);
      assertThat(u).isGreaterThanOrEqualTo(0f).isLessThan(1f);
      sum += u;
    }
    assertThat(sum / draws).isCloseTo(0.5, within(0.01)); // standard error 0.002
  }
}
