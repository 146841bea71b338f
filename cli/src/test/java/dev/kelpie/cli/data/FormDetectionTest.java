package dev.kelpie.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class FormDetectionTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String USER = "[{'role': 'user', 'content': 'Sky?'}]";
  private static final String BOTH =
      "[{'role': 'user', 'content': 'Sky?'}, {'role': 'assistant', 'content': 'Blue.'}]";

  /**
   * Rows, and what is made of them.
   *
   * @param row JSON with single quotes
   */
  record Kind(String name, String row, Map<String, Object> settings) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Kind> KINDS =
      List.of(
          new Kind("prompts", "{'prompt': 'a', 'answer': 'b'}", Map.of()),
          new Kind("prompts", "{'prompt': 'a'}", Map.of("answer", "")),
          new Kind("prompts", "{'question': 'a', 'answer': 'b'}", Map.of("prompt", "question")),
          new Kind(
              "prompts",
              "{'prompt': " + USER + ", 'solution': 'b'}",
              Map.of("chat", true, "answer", "solution")),
          new Kind(
              "prompts of verl",
              "{'data_source': 'x', 'prompt': " + USER + ", 'reward_model': {'ground_truth': '1'}}",
              Map.of("chat", true, "answer", "reward_model.ground_truth")),
          new Kind(
              "prompts of OpenRLHF",
              "{'input': 'a', 'label': 'b'}",
              Map.of("prompt", "input", "answer", "label")),
          new Kind(
              "prompts of open-instruct",
              "{'messages': " + USER + ", 'ground_truth': 'b', 'dataset': 'x'}",
              Map.of("prompt", "messages", "answer", "ground_truth", "chat", true)),
          new Kind(
              "preference pairs of TRL",
              "{'prompt': 'a', 'chosen': 'b', 'rejected': 'c'}",
              Map.of("form", "pairs")),
          new Kind(
              "preference pairs of TRL",
              "{'chosen': "
                  + BOTH
                  + ", 'rejected': "
                  + BOTH
                  + ", 'score_chosen': 2,"
                  + " 'score_rejected': 1}",
              Map.of(
                  "form",
                  "pairs",
                  "chat",
                  true,
                  "chosen-score",
                  "score_chosen",
                  "rejected-score",
                  "score_rejected")),
          new Kind(
              "dialogues of HH-RLHF",
              "{'chosen': '\\n\\nHuman: a\\n\\nAssistant: b', 'rejected':"
                  + " '\\n\\nHuman: a\\n\\nAssistant: c'}",
              Map.of("form", "turns")),
          new Kind(
              "scored lists",
              "{'prompt': 'a', 'responses': ['b', 'c'], 'scores': [1, 2]}",
              Map.of("form", "scored")),
          new Kind(
              "scored lists of UltraFeedback",
              "{'instruction': 'a', 'completions': [{'response': 'b', 'overall_score': 8.5}]}",
              Map.of(
                  "form",
                  "scored",
                  "prompt",
                  "instruction",
                  "responses",
                  "completions",
                  "completion",
                  "response",
                  "scores",
                  "overall_score")),
          new Kind(
              "labelled completions of TRL",
              "{'prompt': 'a', 'completion': 'b', 'label': true}",
              Map.of("form", "unpaired")),
          new Kind(
              "prompts with completions of TRL",
              "{'instruction': 'a', 'output': 'b'}",
              Map.of("form", "demonstrations", "prompt", "instruction", "completion", "output")),
          new Kind(
              "conversations of TRL",
              "{'messages': " + BOTH + "}",
              Map.of("form", "demonstrations", "chat", true)));

  @ParameterizedTest
  @FieldSource("KINDS")
  void knowsTheFormByItsColumns(Kind kind) throws IOException {
    FormDetection form = FormDetection.of(rows(kind.row(), kind.row())).orElseThrow();
    assertThat(form.name()).isEqualTo(kind.name());
    assertThat(form.settings()).isEqualTo(kind.settings());
  }

  @Test
  void aFormHoldsForAllRows() throws IOException {
    assertThat(FormDetection.of(rows("{'text': 'a'}"))).isEmpty();
    assertThat(FormDetection.of(List.of())).isEmpty();
    assertThat(
            FormDetection.of(rows("{'prompt': 'a', 'chosen': 'b', 'rejected': 'c'}", "{'x': 1}")))
        .isEmpty();
    assertThat(FormDetection.of(rows("{'prompt': 7}"))).isEmpty();
  }

  private static List<ObjectNode> rows(String... rows) throws IOException {
    List<ObjectNode> read = new ArrayList<>();
    for (String row : rows) {
      read.add((ObjectNode) JSON.readTree(row.replace('\'', '"')));
    }
    return read;
  }
}
