package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.rollout.rows.Row;
import dev.kelpie.rollout.rows.RowColumns;
import dev.kelpie.rollout.rows.RowFile;
import dev.kelpie.rollout.rows.RowPlace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSONL file of responses: a row has the id of a prompt and a response to it. All rows are
 * checked when it is opened; only their places are kept.
 */
public final class ResponseRows implements ResponseSource {
  private final String path;
  private final MemberOptions member;
  private final RowFile file;
  private final Map<String, List<RowPlace>> places = new HashMap<>();
  private final List<RowPlace> inOrder = new ArrayList<>();
  private String sha256 = "";

  private ResponseRows(String path, MemberOptions member, RowFile file) {
    this.path = path;
    this.member = member;
    this.file = file;
  }

  /**
   * Opens the file of the member {@code name}. The caller closes it.
   *
   * @param options whether the hash is known, and what is called while the file is read
   * @throws dev.kelpie.config.ConfigException in one line, with file and line, on anything that is
   *     not right
   */
  public static ResponseRows open(String name, MemberOptions member, ReadOptions options) {
    String path = "members." + name;
    Set<String> columns = new HashSet<>(List.of(member.id(), member.column(), member.score()));
    columns.remove("");
    RowFile file =
        RowFile.open(
            path + ".path",
            Path.of(member.path()),
            new RowColumns(columns, MetadataColumns.NONE),
            RowFile.Format.JSONL);
    ResponseRows rows = new ResponseRows(path, member, file);
    try {
      Optional<String> known = options.hashes().find(file.file(), file.stamp());
      file.scan(
          row -> {
            rows.written(row);
            return rows.id(row);
          },
          (place, id) -> rows.add(place, id),
          known.isEmpty(),
          options.progress());
      rows.sha256 = known.orElse(file.sha256());
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
    return rows;
  }

  private void add(RowPlace place, String id) {
    places.computeIfAbsent(id, key -> new ArrayList<>(1)).add(place);
    inOrder.add(place);
  }

  private String id(Row row) {
    PromptRow columns = new PromptRow(row, DataOptions.DEFAULTS);
    JsonNode id = columns.columnOf(path + ".id", member.id());
    if (!id.isTextual() && !id.isIntegralNumber()) {
      throw PromptRow.error(
          path + ".id", member.id(), id, "a string or a whole number", row.place());
    }
    return id.asText();
  }

  private Written written(Row row) {
    PromptRow columns = new PromptRow(row, DataOptions.DEFAULTS);
    return new Written(
        MemberReading.text(path, member.column(), columns),
        Optional.empty(),
        true,
        MemberReading.score(path, member.score(), columns),
        row.place());
  }

  @Override
  public List<Written> of(String id) {
    return places.getOrDefault(id, List.of()).stream()
        .map(place -> written(file.read(place)))
        .toList();
  }

  @Override
  public Optional<DataFile> data() {
    return Optional.of(new ReadFile(file.file(), file.stamp(), sha256, inOrder.size(), inOrder));
  }

  @Override
  public void close() {
    file.close();
  }
}
