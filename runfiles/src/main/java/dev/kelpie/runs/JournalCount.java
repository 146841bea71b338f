package dev.kelpie.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a run counted again from its journal on disk, by other code than the run's own:
 * every line has its length and CRC checked, no group may be consumed twice, and what was issued
 * must be consumed, measured, dropped or still in flight.
 */
public final class JournalCount {
  private static final Pattern LINE =
      Pattern.compile("\\{\"bytes\":(\\d+),\"crc\":\"([0-9a-f]{8})\",\"event\":(.*)\\}");
  private static final int MOST_PROBLEMS = 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, Group> groups = new HashMap<>();
  private final Set<Long> evaluations = new HashSet<>();
  private final List<String> problems = new ArrayList<>();
  private int segments;
  private long lines;
  private long issued;
  private long consumed;
  private long measured;
  private long dropped;
  private long inFlight;

  /** The last that is known of a group: the attempt, its samples, what happened to them. */
  private record Group(boolean eval, long step, long attempt, long samples, String state) {
    Group to(String next) {
      return new Group(eval, step, attempt, samples, next);
    }

    boolean open() {
      return !state.equals("consumed") && !state.equals("dropped");
    }
  }

  private JournalCount() {}

  /** Counts the segments in {@code events}. */
  public static JournalCount of(Path events) {
    JournalCount count = new JournalCount();
    for (Path segment : JournalEnd.segments(events)) {
      count.segments++;
      try {
        count.read(segment);
      } catch (IOException e) {
        count.problem(segment.getFileName() + ": not readable: " + e.getMessage());
      }
    }
    long settled = count.consumed + count.measured + count.dropped + count.inFlight;
    if (settled != count.issued) {
      count.problem(
          "issued " + count.issued + " samples, of which " + settled + " are accounted for");
    }
    return count;
  }

  public int segments() {
    return segments;
  }

  public long lines() {
    return lines;
  }

  public long issued() {
    return issued;
  }

  public long consumed() {
    return consumed;
  }

  public long measured() {
    return measured;
  }

  public long dropped() {
    return dropped;
  }

  public long inFlight() {
    return inFlight;
  }

  /** What should not be, one line each; none when the ledger is clean. */
  public List<String> problems() {
    return problems;
  }

  private void read(Path segment) throws IOException {
    // ISO-8859-1 keeps every byte of a line that was torn within a character.
    List<String> all = Files.readAllLines(segment, StandardCharsets.ISO_8859_1);
    for (int i = 0; i < all.size(); i++) {
      Optional<JsonNode> event = event(all.get(i));
      if (event.isPresent()) {
        lines++;
        apply(event.get());
      } else if (i < all.size() - 1) {
        problem(
            segment.getFileName()
                + ":"
                + (i + 1)
                + ": damaged line (expected: its length and CRC to fit)");
      }
    }
  }

  private static Optional<JsonNode> event(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    byte[] inner = matcher.group(3).getBytes(StandardCharsets.ISO_8859_1);
    CRC32C crc = new CRC32C();
    crc.update(inner);
    boolean whole =
        matcher.group(1).equals(String.valueOf(inner.length))
            && matcher.group(2).equals(String.format("%08x", crc.getValue()));
    try {
      return whole
          ? Optional.of(JSON.readTree(new String(inner, StandardCharsets.UTF_8)))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private void apply(JsonNode event) {
    switch (event.path("kind").asText()) {
      case "issued" -> issue(event);
      case "received", "rewarded" -> advance(event);
      case "consumed" -> consume(event);
      case "dropped" -> drop(event);
      case "evaluated" -> evaluations.add(event.path("step").asLong());
      case "rewound" -> rewind(event.path("step").asLong());
      default -> {} // not about samples
    }
  }

  private static String name(JsonNode event) {
    return event.path("purpose").asText()
        + " "
        + event.path("step").asLong()
        + "/"
        + event.path("index").asLong();
  }

  private void issue(JsonNode event) {
    Group before = groups.get(name(event));
    if (before != null && !before.state().equals("dropped")) {
      problem(name(event) + " was issued again while " + before.state());
      return;
    }
    long samples = event.path("samples").asLong();
    issued += samples;
    inFlight += samples;
    groups.put(
        name(event),
        new Group(
            event.path("purpose").asText().equals("eval"),
            event.path("step").asLong(),
            event.path("attempt").asLong(),
            samples,
            "issued"));
  }

  private void advance(JsonNode event) {
    Group group = open(event);
    if (group != null) {
      groups.put(name(event), group.to(event.path("kind").asText()));
    }
  }

  private void consume(JsonNode event) {
    Group group = open(event);
    if (group == null) {
      return;
    }
    inFlight -= group.samples();
    if (group.eval()) {
      measured += group.samples();
    } else {
      consumed += group.samples();
    }
    groups.put(name(event), group.to("consumed"));
  }

  private void drop(JsonNode event) {
    Group group = open(event);
    if (group != null) {
      inFlight -= group.samples();
      dropped += group.samples();
      groups.put(name(event), group.to("dropped"));
    }
  }

  /** The group of an event, if it is at this attempt and not settled; otherwise a problem. */
  private @Nullable Group open(JsonNode event) {
    Group group = groups.get(name(event));
    if (group == null || !group.open() || group.attempt() != event.path("attempt").asLong()) {
      String was = group == null ? "never issued" : group.state();
      problem(name(event) + " was " + event.path("kind").asText() + " after it was " + was);
      return null;
    }
    return group;
  }

  /**
   * The weights after {@code step} are gone: what they consumed is void, and so is what was open,
   * and what was measured for an evaluation that did not come to its end.
   */
  private void rewind(long step) {
    evaluations.removeIf(evaluated -> evaluated > step);
    for (Map.Entry<String, Group> entry : groups.entrySet()) {
      Group group = entry.getValue();
      boolean half = group.eval() && !evaluations.contains(group.step());
      boolean undone = group.state().equals("consumed") && (group.step() > step || half);
      if (group.open()) {
        inFlight -= group.samples();
      } else if (undone && group.eval()) {
        measured -= group.samples();
      } else if (undone) {
        consumed -= group.samples();
      }
      if (group.open() || undone) {
        dropped += group.samples();
        entry.setValue(group.to("dropped"));
      }
    }
  }

  private void problem(String text) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(text);
    }
  }
}
