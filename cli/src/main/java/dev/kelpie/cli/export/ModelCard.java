package dev.kelpie.cli.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.cli.export.ExportCommand.Dtype;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.runs.DataHashes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The model card of an export: {@code README.md} with the YAML front matter that model hubs read.
 *
 * @param name of the exported folder
 * @param adapter what the base of the adapter is called; empty where whole weights are exported
 * @param numbers of the run, if it is of one
 * @param hasCurves whether {@link ExportWriter#CURVES} lies beside it
 */
record ModelCard(
    String name,
    ExportSource source,
    Dtype dtype,
    Optional<String> adapter,
    Optional<RunNumbers> numbers,
    boolean hasCurves) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The whole file. */
  String text() {
    Optional<Experiment> experiment = experiment();
    StringBuilder card = new StringBuilder();
    addFrontMatter(card, experiment);
    card.append("\n# ").append(markdown(name)).append("\n\n");
    addOrigin(card, experiment);
    addUse(card);
    numbers.ifPresent(read -> addHeldOut(card, read));
    if (hasCurves) {
      card.append("\n## Curves\n\n![Curves by step](").append(ExportWriter.CURVES).append(")\n");
    }
    experiment.ifPresent(of -> addSettings(card, of));
    addData(card);
    return card.toString();
  }

  /** That of the run; none where it has been written by another version. */
  private Optional<Experiment> experiment() {
    try {
      return source
          .checkpoint()
          .map(of -> ExperimentFiles.loadRecorded(of.run().experimentFile(), List.of()))
          .map(loaded -> loaded.experiment());
    } catch (ConfigException e) {
      return Optional.empty();
    }
  }

  private void addFrontMatter(StringBuilder card, Optional<Experiment> experiment) {
    card.append("---\nlibrary_name: ").append(adapter.isPresent() ? "peft" : "transformers");
    card.append("\npipeline_tag: text-generation\n");
    adapter
        .map(name -> Path.of(name).isAbsolute() ? CardSettings.fileName(name) : name)
        .or(() -> experiment.map(ModelCard::base))
        .filter(base -> base.contains("/"))
        .ifPresent(base -> card.append("base_model: ").append(yaml(base)).append('\n'));
    Set<String> tags = new LinkedHashSet<>(List.of("kelpie"));
    if (source.checkpoint().isPresent()) {
      tags.add("reinforcement-learning-from-feedback");
    }
    experiment.ifPresent(of -> tags.add(of.algorithm().preset()));
    if (adapter.isPresent()) {
      tags.add("lora");
    }
    card.append("tags:\n");
    tags.forEach(tag -> card.append("- ").append(yaml(tag)).append('\n'));
    addResults(card, experiment);
    card.append("---\n");
  }

  /** The held-out numbers of these weights, as model hubs read them. */
  private void addResults(StringBuilder card, Optional<Experiment> experiment) {
    SortedMap<String, Double> values = measured();
    String data = experiment.map(of -> CardSettings.fileName(of.eval().path())).orElse("");
    if (values.isEmpty() || data.isEmpty()) {
      return;
    }
    card.append("model-index:\n- name: ").append(yaml(name)).append("\n  results:\n");
    card.append("  - task:\n      type: text-generation\n    dataset:\n      type: ");
    card.append(yaml(data)).append("\n      name: ").append(yaml(data));
    card.append("\n    metrics:\n");
    values.forEach(
        (metric, value) ->
            card.append("    - type: ")
                .append(yaml(metric))
                .append("\n      value: ")
                .append(value)
                .append('\n'));
  }

  /** What was measured of the exported weights. */
  private SortedMap<String, Double> measured() {
    SortedMap<String, Double> values = new TreeMap<>();
    if (numbers.isPresent() && source.checkpoint().isPresent()) {
      long step = source.checkpoint().get().step();
      for (String metric : numbers.get().heldOut()) {
        Double value = numbers.get().of(metric).get(step);
        if (value != null) {
          values.put(metric, value);
        }
      }
    }
    return values;
  }

  private static String base(Experiment experiment) {
    return CardSettings.fileName(experiment.policy().path());
  }

  private void addOrigin(StringBuilder card, Optional<Experiment> experiment) {
    card.append("Written by Kelpie ").append(Version.number());
    card.append(" in ").append(dtype.name().toLowerCase(Locale.ROOT));
    if (source.checkpoint().isEmpty()) {
      card.append(" from a checkpoint folder.\n");
      return;
    }
    card.append(": the weights after step ").append(source.checkpoint().get().step());
    if (experiment.isEmpty()) {
      card.append(" of a run.\n");
      return;
    }
    Experiment of = experiment.get();
    card.append(String.format(Locale.ROOT, " of %d of the run `%s`", of.run().steps(), code(of)));
    if (source.base().isPresent()) {
      card.append(", a low-rank adapter")
          .append(adapter.isPresent() ? "" : " merged into its base");
    }
    card.append(", which started from `").append(base(of).replace('`', '\'')).append("`, seed ");
    card.append(of.run().seed()).append(", with the recipe `");
    card.append(of.algorithm().preset()).append("`.\n");
  }

  private static String code(Experiment experiment) {
    return SafeText.line(experiment.run().name()).replace('`', '\'');
  }

  private void addUse(StringBuilder card) {
    boolean chat = ChatTemplate.open(source.policy()).isPresent();
    card.append("\n## Use\n\n```python\n");
    if (adapter.isPresent()) {
      card.append("from peft import AutoPeftModelForCausalLM\nfrom transformers import");
    } else {
      card.append("from transformers import AutoModelForCausalLM,");
    }
    card.append(" AutoTokenizer\n\n");
    card.append("tokenizer = AutoTokenizer.from_pretrained(\".\")\n");
    card.append(adapter.isPresent() ? "model = AutoPeft" : "model = Auto");
    card.append("ModelForCausalLM.from_pretrained(\".\", dtype=\"auto\")\n");
    if (chat) {
      card.append("messages = [{\"role\": \"user\", \"content\": \"...\"}]\n");
      card.append("inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True,");
      card.append(" return_dict=True, return_tensors=\"pt\")\n");
    } else {
      card.append("inputs = tokenizer(\"...\", return_tensors=\"pt\")\n");
    }
    card.append("output = model.generate(**inputs, max_new_tokens=64)\n");
    card.append("print(tokenizer.decode(output[0, inputs[\"input_ids\"].shape[1]:],");
    card.append(" skip_special_tokens=True))\n```\n");
  }

  private void addHeldOut(StringBuilder card, RunNumbers of) {
    if (source.checkpoint().isEmpty() || of.heldOut().isEmpty()) {
      return;
    }
    long step = source.checkpoint().get().step();
    card.append("\n## Held-out numbers\n\n");
    if (measured().isEmpty()) {
      card.append("The weights after step ").append(step).append(" were not measured.\n");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    measured()
        .forEach(
            (metric, value) -> {
              Double start = of.of(metric).get(0L);
              rows.add(
                  List.of(
                      "`" + metric.replace('`', '\'') + "`",
                      start == null ? "" : number(start),
                      number(value)));
            });
    addTable(card, List.of("metric", "at the start", "after step " + step), rows);
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.4g", value);
  }

  private static void addSettings(StringBuilder card, Experiment experiment) {
    String settings = SafeText.lines(CardSettings.of(experiment));
    String fence = "```";
    while (settings.contains(fence)) {
      fence += "`";
    }
    card.append("\n## Configuration\n\nThe keys that are not Kelpie's defaults:\n\n");
    card.append(fence).append("hocon\n").append(settings).append(fence).append('\n');
  }

  private void addData(StringBuilder card) {
    Optional<DataHashes> data = source.checkpoint().flatMap(of -> DataHashes.in(of.folder()));
    if (data.isEmpty() || data.get().files().isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    new TreeMap<>(data.get().files())
        .forEach(
            (key, file) ->
                rows.add(
                    List.of(
                        "`" + key + "`",
                        markdown(CardSettings.fileName(file.path())),
                        String.valueOf(file.rows()),
                        "`" + file.sha256() + "`")));
    card.append("\n## Data\n\n");
    addTable(card, List.of("key", "file", "rows", "SHA-256"), rows);
  }

  private static void addTable(StringBuilder card, List<String> head, List<List<String>> rows) {
    row(card, head);
    String[] rule = new String[head.size()];
    Arrays.fill(rule, "---");
    row(card, List.of(rule));
    rows.forEach(cells -> row(card, cells));
  }

  private static void row(StringBuilder card, List<String> cells) {
    card.append("| ");
    card.append(String.join(" | ", cells.stream().map(c -> c.replace("|", "\\|")).toList()));
    card.append(" |\n");
  }

  private static String markdown(String text) {
    return SafeText.line(text).replaceAll("([\\\\`*_\\[\\]<>#])", "\\\\$1");
  }

  /** JSON texts are YAML texts. */
  private static String yaml(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
