package dev.kelpie.cli.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigUtil;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.file.ExperimentText;
import dev.kelpie.experience.RunFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was seen in a file.
 *
 * @param settings the keys of {@code data} that read it; empty where its form is not known
 * @param inTokens whether lengths are in tokens, else in characters
 * @param heldOut the file that it was compared with
 * @param first its first rows
 */
record DataReport(
    Path file,
    long bytes,
    RowSample sample,
    Optional<FormDetection> form,
    Optional<Map<String, Object>> settings,
    DataSurvey survey,
    boolean inTokens,
    Optional<HeldOutPrompts> heldOut,
    List<ShownRow> first) {
  private static final int FORMAT = 1;

  /** The block of an experiment that reads the file, to be pasted; empty where none is known. */
  Optional<String> block() {
    return settings.map(
        keys -> {
          StringBuilder block = new StringBuilder("data {\n");
          block.append("  path = ").append(ConfigUtil.quoteString(RunFolder.shown(file)));
          block.append('\n');
          if (DataCommand.isParquet(file)) {
            block.append("  format = parquet\n");
          }
          for (String key : ExperimentText.components(DataOptions.DEFAULTS).keySet()) {
            if (keys.containsKey(key)) {
              block.append("  ").append(key).append(" = ").append(text(keys.get(key)));
              block.append('\n');
            }
          }
          return block.append("}").toString();
        });
  }

  private static String text(@Nullable Object value) {
    String text = ExperimentText.value(value);
    return text.matches("\"[a-z_]+\"") ? text.substring(1, text.length() - 1) : text;
  }

  /** The report for programs. */
  ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("format", FORMAT);
    root.put("file", file.toString());
    root.put("bytes", bytes);
    root.put("rows", survey.rows());
    ObjectNode columns = root.putObject("columns");
    survey
        .columns()
        .all()
        .forEach(
            (name, kinds) -> {
              ObjectNode column = columns.putObject(name);
              kinds.forEach((kind, count) -> column.put(kind.words(), count));
            });
    ObjectNode unreadable = root.putObject("unreadable");
    sample.unreadable().forEach(unreadable::put);
    form.ifPresent(of -> root.put("form", of.name()));
    block().ifPresent(text -> root.put("data", text));
    root.put("refused", survey.refused());
    survey.problems().forEach(root.putArray("problems")::add);
    ObjectNode lengths = root.putObject("lengths").put("unit", inTokens ? "tokens" : "characters");
    lengths.put("every", survey.every());
    survey.promptLengths().ifPresent(of -> add(lengths.putObject("prompt"), of));
    survey.responseLengths().ifPresent(of -> add(lengths.putObject("response"), of));
    ObjectNode repeated = root.putObject("duplicates").put("rows", survey.repeatedRows());
    repeated.put("prompts", survey.repeatedPrompts());
    survey.repeated().forEach(repeated.putArray("first")::add);
    heldOut.ifPresent(
        of -> {
          ObjectNode against = root.putObject("against").put("file", of.name());
          against.put("rows", of.rows()).put("prompts", of.distinct());
          against.put("found", survey.heldOutFound());
          against.put("found-but-for-case-and-spaces", survey.heldOutFoundFolded());
          against.put("overlapping-rows", survey.overlappingRows());
          survey.overlapping().forEach(against.putArray("first")::add);
        });
    ArrayNode rows = root.putArray("first");
    first.forEach(row -> add(rows.addObject(), row));
    return root;
  }

  private static void add(ObjectNode node, Histogram of) {
    node.put("shortest", of.shortest()).put("median", of.median());
    node.put("p95", of.most95()).put("p99", of.most99()).put("longest", of.longest());
    ArrayNode bins = node.putArray("bins");
    of.bins().forEach(bin -> bins.addArray().add(bin.from()).add(bin.to()).add(bin.count()));
  }

  private static void add(ObjectNode node, ShownRow row) {
    node.put("place", row.place());
    if (!row.problem().isEmpty()) {
      node.put("problem", row.problem());
      return;
    }
    row.texts().forEach(node.putArray("texts")::add);
    ArrayNode tokens = node.putArray("tokens");
    for (List<ShownRow.Token> of : row.tokens()) {
      ArrayNode ids = tokens.addArray();
      of.forEach(token -> ids.add(token.id()));
    }
    row.answer().ifPresent(answer -> node.put("answer", answer));
  }
}
