package dev.kelpie.wire.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WeightHoldersTest {
  private static final String FILE = "ab".repeat(32);
  private static final Ranges SOME = Ranges.all(5);

  private final WeightHolders<String> holders = new WeightHolders<>();

  private List<WeightHolders.Told<String>> begins(int process) {
    return says(process, Ranges.NONE, true);
  }

  private List<WeightHolders.Told<String>> says(int process, Ranges held, boolean wants) {
    return holders.announced(
        "host:" + process, "actor " + process, new Holding(FILE, url(process), held, wants));
  }

  private static String url(int process) {
    return "http://" + process;
  }

  private static WeightHolders.Told<String> told(
      int process, int index, int count, Holders.Holder... of) {
    return new WeightHolders.Told<>(
        "actor " + process, new Holders(FILE, index, count, List.of(of)));
  }

  private static Holders.Holder holder(int process, Ranges held) {
    return new Holders.Holder(url(process), held);
  }

  @Test
  void passesOnWhatAProcessHoldsAndTellsANewOneWhatOthersHold() {
    assertThat(begins(0)).containsExactly(told(0, 0, 1));
    assertThat(says(0, SOME, true)).isEmpty();
    assertThat(begins(1))
        .containsExactly(told(1, 1, 2, holder(0, SOME)), told(0, 0, 2, holder(1, Ranges.NONE)));
    assertThat(says(1, SOME, true)).containsExactly(told(0, 0, 2, holder(1, SOME)));
    // one that has everything is told nothing any more
    says(0, SOME, false);
    assertThat(says(1, SOME, true)).isEmpty();
  }

  @Test
  void forgetsAProcessThatHasDeletedTheFile() {
    begins(0);
    begins(1);
    says(0, SOME, false);
    assertThat(says(0, Ranges.NONE, false)).containsExactly(told(1, 1, 2, holder(0, Ranges.NONE)));
    assertThat(says(0, Ranges.NONE, false)).isEmpty();
    assertThat(begins(2)).contains(told(2, 1, 2));
  }

  @Test
  void tellsTheOthersOfALostNode() {
    begins(0);
    begins(1);
    begins(2);
    says(1, SOME, true);
    assertThat(holders.nodeLost("host:1"))
        .containsExactlyInAnyOrder(
            told(0, 0, 3, holder(1, Ranges.NONE)), told(2, 2, 3, holder(1, Ranges.NONE)));
    assertThat(holders.nodeLost("host:1")).isEmpty();
  }

  @Test
  void oneThatJoinsAgainIsToldEverythingAgain() {
    begins(0);
    begins(1);
    says(0, SOME, true);
    List<WeightHolders.Told<String>> again =
        holders.announced("host:9", "actor 9", new Holding(FILE, url(1), Ranges.NONE, true));
    assertThat(again)
        .contains(
            new WeightHolders.Told<>("actor 9", new Holders(FILE, 1, 2, List.of(holder(0, SOME)))));
  }

  @Test
  void aProcessHasAtMostEightNeighbours() {
    for (int process = 0; process < 100; process++) {
      assertThat(begins(process)).hasSizeLessThanOrEqualTo(9);
    }
    List<WeightHolders.Told<String>> told = says(50, SOME, true);
    assertThat(told)
        .extracting(one -> one.holders().index())
        .containsExactlyInAnyOrder(46, 47, 48, 49, 51, 52, 53, 54);
    assertThat(says(0, SOME, true))
        .extracting(one -> one.holders().index())
        .containsExactlyInAnyOrder(96, 97, 98, 99, 1, 2, 3, 4);
  }
}
