package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.NavigableSet;

/**
 * Finds samples, newest step first. One answer reads a bounded number of files; where a filter
 * rarely matches it reports how many steps it has searched, and the page requests more.
 */
record SampleSearch(SampleFiles files) {
  private static final int FILES_A_PAGE = 200;
  private static final long NANOS_A_PAGE = Duration.ofMillis(500).toNanos();

  /**
   * A page as JSON: {@code groups}, {@code next} (where to continue, or empty), {@code searched}
   * (steps), {@code newest}, {@code oldest}, {@code count} of the steps with samples, {@code
   * unreadable}.
   */
  ObjectNode page(SampleQuery query) throws IOException {
    NavigableSet<Long> all = files.steps();
    ObjectNode page = Json.object();
    page.put("count", all.size());
    if (!all.isEmpty()) {
      page.put("newest", all.last()).put("oldest", all.first());
    }
    Found found = new Found(page.putArray("groups"), page.putArray("unreadable"), query);
    page.put("next", found.search(all));
    page.put("searched", found.searched);
    return page;
  }

  private final class Found {
    private final ArrayNode groups;
    private final ArrayNode unreadable;
    private final SampleQuery query;
    private int searched;

    Found(ArrayNode groups, ArrayNode unreadable, SampleQuery query) {
      this.groups = groups;
      this.unreadable = unreadable;
      this.query = query;
    }

    /** Where to continue, or an empty text. */
    String search(NavigableSet<Long> all) {
      long start = System.nanoTime();
      long last = Math.min(query.lastStep(), query.before().step());
      if (query.firstStep() > last) {
        return "";
      }
      for (long step : all.subSet(query.firstStep(), true, last, true).descendingSet()) {
        boolean enough = searched >= FILES_A_PAGE || System.nanoTime() - start > NANOS_A_PAGE;
        if (enough || groups.size() >= query.limit()) {
          return new SampleQuery.Place(step, -1).toString();
        }
        searched++;
        String next = searchStep(step);
        if (!next.isEmpty()) {
          return next;
        }
      }
      return "";
    }

    private String searchStep(long step) {
      ScoredGroups scored;
      try {
        scored = files.read(step);
      } catch (RuntimeException e) {
        unreadable.addObject().put("step", step).put("why", String.valueOf(e.getMessage()));
        return "";
      }
      List<TrajectoryGroup> inStep = scored.groups();
      int from = query.before().step() == step ? query.before().group() + 1 : 0;
      for (int i = from; i < inStep.size(); i++) {
        if (groups.size() >= query.limit()) {
          return new SampleQuery.Place(step, i - 1).toString();
        }
        if (matches(inStep.get(i))) {
          groups.add(SampleJson.group(inStep.get(i), scored, query));
        }
      }
      return "";
    }

    private boolean matches(TrajectoryGroup group) {
      return query.isOpen()
          || group.members().stream().anyMatch(query::accepts)
          || group.failed().stream().anyMatch(one -> query.acceptsFailed(one.trajectory()));
    }
  }
}
