package dev.kelpie.dashboard;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Position of a page in each run, from which it continues after a reload or a gap. */
record Cursor(List<Place> places) {
  /** Position in one run: the last step and the time of the last event. */
  record Place(long step, long eventMillis) {
    static final Place START = new Place(-1, -1);
  }

  Cursor {
    places = List.copyOf(places);
  }

  /** Parses {@link #toString}; what cannot be parsed is the start. */
  static Cursor parse(String text, int runs) {
    List<Place> places = new ArrayList<>();
    String[] parts = text.split(",", -1);
    for (int run = 0; run < runs; run++) {
      places.add(run < parts.length ? place(parts[run]) : Place.START);
    }
    return new Cursor(places);
  }

  private static Place place(String text) {
    String[] numbers = text.split("\\.", 2);
    try {
      return new Place(Long.parseLong(numbers[0]), Long.parseLong(numbers[numbers.length - 1]));
    } catch (NumberFormatException e) {
      return Place.START;
    }
  }

  @Override
  public String toString() {
    return places.stream()
        .map(place -> place.step() + "." + place.eventMillis())
        .collect(Collectors.joining(","));
  }
}
