package dev.kelpie.model.tokens;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The ids that the tokenizer library gives to added tokens: in order, the id of the vocabulary if
 * it has the token, else the next free one. An id that a file writes beside a token is not used.
 */
final class AddedVocabulary {
  private final Map<String, Integer> vocabulary;
  private final int pieces;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, AddedToken> tokens = new HashMap<>();
  private final Set<AddedToken> present = new HashSet<>();
  private final Map<String, AddedToken> byContent = new LinkedHashMap<>();
  private final List<AddedToken> versions = new ArrayList<>();
  private final Set<String> onceSpecial = new HashSet<>();
  private int largest = -1;

  /**
   * No added token beside the pieces of {@code vocabulary}.
   *
   * @param pieces how many the file lists; those of a Unigram model may be there twice
   */
  AddedVocabulary(Map<String, Integer> vocabulary, int pieces) {
    this.vocabulary = vocabulary;
    this.pieces = pieces;
  }

  /** Adds {@code token}; one of the same text is replaced. */
  void add(AddedToken token) {
    if (token.content().isEmpty() || present.contains(token)) {
      return;
    }
    int id = idOf(token.content());
    AddedToken before = tokens.put(id, token);
    if (before != null) {
      present.remove(before);
    }
    present.add(token);
    ids.put(token.content(), id);
    largest = Math.max(largest, id);
    versions.add(token);
    byContent.put(token.content(), token);
    if (token.special()) {
      onceSpecial.add(token.content());
    }
  }

  private int idOf(String content) {
    Integer added = ids.get(content);
    if (added != null) {
      return added;
    }
    Integer known = vocabulary.get(content);
    return known != null ? known : Math.max(largest + 1, pieces);
  }

  /** Whether a token with exactly these properties is there. */
  boolean contains(AddedToken token) {
    return present.contains(token);
  }

  /** The texts of all tokens. */
  Set<String> contents() {
    return Set.copyOf(ids.keySet());
  }

  /** The id of {@code content}, an added token. */
  int id(String content) {
    Integer id = ids.get(content);
    return id == null ? -1 : id;
  }

  /**
   * All tokens in the order in which their texts were added. A text that was special once stays
   * special for {@code decode}; such a token is there twice, the first time as special.
   */
  List<AddedToken> inOrder() {
    List<AddedToken> list = new ArrayList<>();
    for (AddedToken token : byContent.values()) {
      if (!token.special() && onceSpecial.contains(token.content())) {
        list.add(token.asSpecial());
      }
      list.add(token);
    }
    return list;
  }

  /** All tokens that were added, also those that another of the same text replaced. */
  List<AddedToken> versions() {
    return List.copyOf(versions);
  }

  /** The largest id; -1 when there is none. */
  int largest() {
    return largest;
  }
}
