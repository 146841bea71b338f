package dev.kelpie.wire.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.wire.broadcast.BlockPlan.Block;
import dev.kelpie.wire.file.ChunkList;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlockPlanTest {
  private static final String SOURCE = "http://source";
  private static final String OTHER = "http://other";
  private static final long MILLI = 1_000_000;

  private final Object lane = "lane";

  /** A plan of blocks of 10 bytes, whose number is {@code blocks}. */
  private static BlockPlan plan(int blocks) {
    ChunkList.Builder list = new ChunkList.Builder();
    IntStream.range(0, blocks).forEach(i -> list.add(10, "0".repeat(64)));
    BlockPlan plan = new BlockPlan(list.build(), 10, 7, 0);
    plan.source(SOURCE);
    return plan;
  }

  @Test
  void joinsChunksUpToTheSizeOfABlock() {
    ChunkList.Builder list = new ChunkList.Builder();
    for (int bytes : new int[] {1, 9, 2, 20, 3, 4, 3}) {
      list.add(bytes, "0".repeat(64));
    }
    BlockPlan plan = new BlockPlan(list.build(), 10, 0, 0);
    // 1+9 | 2 | 20 | 3+4+3: a chunk larger than a block is one
    assertThat(plan.blocks()).extracting(Block::bytes).containsExactly(10, 2, 20, 10);
    assertThat(plan.blocks()).extracting(Block::first).containsExactly(0, 2, 3, 4);
    assertThat(plan.blocks()).extracting(Block::from).containsExactly(0L, 10L, 12L, 32L);
  }

  @Test
  void asksTheSourceForTheOwnSliceFirst() {
    BlockPlan plan = plan(9);
    plan.place(1, 3);
    Set<Integer> asked = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      asked.add(plan.next(SOURCE, "lane " + i, i).orElseThrow().number());
    }
    assertThat(asked).containsExactlyInAnyOrder(1, 4, 7);
    // the rest is left to the others, until they have had nothing for a while
    assertThat(plan.next(SOURCE, lane, MILLI)).isEmpty();
    long later = BlockPlan.PATIENCE.toNanos() + MILLI;
    assertThat(plan.next(SOURCE, lane, later).orElseThrow().number() % 3).isNotEqualTo(1);
  }

  @Test
  void asksOthersForWhatTheFewestHold() {
    BlockPlan plan = plan(3);
    plan.place(0, 3);
    plan.holder(OTHER, new Ranges(List.of(new Ranges.Range(0, 30))));
    plan.holder("http://third", new Ranges(List.of(new Ranges.Range(0, 20))));
    assertThat(plan.next(OTHER, lane, 0).orElseThrow().number()).isEqualTo(2);
  }

  @Test
  void asksForALateBlockOnceMoreAndTellsWhoIsAskedInVain() {
    BlockPlan plan = plan(1);
    plan.holder(OTHER, Ranges.all(10));
    Block block = plan.next(OTHER, "slow", 0).orElseThrow();
    assertThat(plan.next(SOURCE, lane, MILLI)).isEmpty();
    long late = BlockPlan.LATE.toNanos() + MILLI;
    assertThat(plan.next(SOURCE, lane, late)).contains(block);
    assertThat(plan.next(SOURCE, "third", late)).isEmpty();
    assertThat(plan.came(SOURCE, lane, block, late)).containsExactly("slow");
    assertThat(plan.done()).isTrue();
  }

  @Test
  void asksAnotherHolderForABlockThatCameWrong() {
    BlockPlan plan = plan(2);
    plan.holder(OTHER, Ranges.all(20));
    plan.had(plan.blocks().get(0));
    Block block = plan.next(OTHER, lane, 0).orElseThrow();
    plan.wrong(OTHER, lane, block);
    assertThat(plan.next(OTHER, lane, 0)).isEmpty();
    assertThat(plan.next(SOURCE, lane, 0)).contains(block);
  }

  @Test
  void leavesAHolderThatFailsUntilItIsHeardOfAgain() {
    BlockPlan plan = plan(4);
    plan.holder(OTHER, Ranges.all(40));
    for (int i = 0; i < 3; i++) {
      assertThat(plan.left(OTHER)).isFalse();
      plan.failed(OTHER, lane, plan.next(OTHER, lane, 0).orElseThrow());
    }
    assertThat(plan.left(OTHER)).isTrue();
    assertThat(plan.next(OTHER, lane, 0)).isEmpty();
    assertThat(plan.hopeful()).isTrue();
    plan.holder(OTHER, Ranges.all(40));
    assertThat(plan.left(OTHER)).isFalse();
  }

  @Test
  void isWithoutHopeWhenNobodyAnswersWhoHasWhatIsMissing() {
    BlockPlan plan = plan(4);
    plan.holder(OTHER, Ranges.all(10));
    plan.had(plan.blocks().get(0));
    for (int i = 0; i < 3; i++) {
      plan.failed(SOURCE, lane, plan.next(SOURCE, lane, 0).orElseThrow());
    }
    assertThat(plan.hopeful()).isFalse();
    // the source is asked all the same: it may come back
    Block block = plan.next(SOURCE, lane, 0).orElseThrow();
    plan.came(SOURCE, lane, block, 0);
    assertThat(plan.hopeful()).isTrue();
  }

  /** N plans with equal links: the source sends each block about once, whatever N is. */
  @Test
  void theSourceSendsEachBlockAboutOnce() {
    for (int receivers : new int[] {1, 2, 4, 7}) {
      for (long seed = 0; seed < 20; seed++) {
        long sent = broadcast(receivers, 60, new Random(seed));
        assertThat(sent).as("%s receivers, seed %s", receivers, seed).isBetween(60L, 66L);
      }
    }
  }

  private static long broadcast(int receivers, int blocks, Random random) {
    List<BlockPlan> plans = new ArrayList<>();
    List<TreeMap<Integer, Boolean>> held = new ArrayList<>();
    for (int i = 0; i < receivers; i++) {
      plans.add(plan(blocks));
      plans.get(i).place(i, receivers);
      held.add(new TreeMap<>());
    }
    long sent = 0;
    long now = 0;
    while (plans.stream().anyMatch(plan -> !plan.done())) {
      now += MILLI;
      for (int i : random.ints(receivers, 0, receivers).toArray()) {
        for (String url : List.of(SOURCE, "http://" + random.nextInt(receivers))) {
          Optional<Block> block = plans.get(i).next(url, url, now);
          if (block.isPresent()) {
            sent += url.equals(SOURCE) ? 1 : 0;
            plans.get(i).came(url, url, block.get(), now);
            held.get(i).put(block.get().number(), true);
            tell(plans, i, held.get(i));
          }
        }
      }
    }
    return sent;
  }

  private static void tell(List<BlockPlan> plans, int from, Map<Integer, Boolean> held) {
    Ranges.Builder ranges = new Ranges.Builder();
    held.keySet().forEach(block -> ranges.add(10L * block, 10L * block + 10));
    for (int i = 0; i < plans.size(); i++) {
      if (i != from) {
        plans.get(i).holder("http://" + from, ranges.build());
      }
    }
  }
}
