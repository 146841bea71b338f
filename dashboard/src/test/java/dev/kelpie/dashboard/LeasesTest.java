package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.dashboard.Leases.Holder;
import dev.kelpie.runs.label.ItemKey;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private static final ItemKey ITEM = new ItemKey(1, 2, 3, 4, "0123456789abcdef");
  private static final Holder ANNA = new Holder("anna", "b1");
  private static final Holder BERT = new Holder("bert", "b2");

  @Test
  void aLeaseEndsAfterFiveMinutesUnlessItIsRenewed() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // System.nanoTime may overflow
    Leases leases = new Leases(now::get);
    leases.take(ITEM, ANNA);
    leases.take(ITEM, BERT);
    assertThat(leases.others(ITEM, ANNA)).isEqualTo(1);
    now.addAndGet(Leases.LENGTH.toNanos() - 1);
    leases.take(ITEM, BERT);
    leases.expire();
    assertThat(leases.has(ITEM, ANNA)).isTrue();
    now.addAndGet(1);
    leases.expire();
    assertThat(leases.has(ITEM, ANNA)).isFalse();
    assertThat(leases.others(ITEM, ANNA)).isEqualTo(1);
  }

  @Test
  void aPersonInTwoBrowsersIsOnePerson() {
    Leases leases = new Leases(() -> 0);
    leases.take(ITEM, ANNA);
    assertThat(leases.elsewhere(ITEM, new Holder("anna", "b9"))).isTrue();
    assertThat(leases.elsewhere(ITEM, ANNA)).isFalse();
    assertThat(leases.elsewhere(ITEM, BERT)).isFalse();
    leases.release(ITEM, "anna");
    assertThat(leases.others(ITEM, BERT)).isZero();
  }
}
