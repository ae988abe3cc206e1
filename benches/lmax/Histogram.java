/** Counts of times in nanoseconds, in steps of less than a hundredth of the value: 128 to each power of two. */
final class Histogram {
    private static final int BITS = 7;
    private static final int STEPS = 1 << BITS;

    private final long[] counts = new long[(Long.SIZE - BITS + 1) * STEPS];
    private long total;
    private long highest;

    void record(final long nanoseconds) {
        final long value = Math.max(0, nanoseconds);
        counts[place(value)]++;
        total++;
        highest = Math.max(highest, value);
    }

    /**
     * Records a time and, where it took longer than the pause between two events, those that would have begun meanwhile and did not:
     * the correction of HdrHistogram for coordinated omission.
     */
    void recordExpecting(final long nanoseconds, final long interval) {
        record(nanoseconds);
        for (long missing = nanoseconds - interval; missing >= interval; missing -= interval) {
            record(missing);
        }
    }

    /** The value below which so many of the events are, of 1. */
    long at(final double part) {
        final long wanted = Math.max(1, (long) Math.ceil(part * total));
        long seen = 0;
        for (int place = 0; place < counts.length; place++) {
            seen += counts[place];
            if (seen >= wanted) {
                return Math.min(highest, ceiling(place));
            }
        }
        return highest;
    }

    /** The line that the program `latency` ends with. */
    void print(final String kind, final long rate, final long events) {
        System.out.printf(
            "{\"contender\":\"lmax\",\"kind\":\"%s\",\"rate\":%d,\"events\":%d,\"p50\":%d,\"p90\":%d,\"p99\":%d,\"p999\":%d,"
                + "\"p9999\":%d,\"max\":%d}%n",
            kind, rate, events, at(0.5), at(0.9), at(0.99), at(0.999), at(0.9999), highest);
    }

    private static int place(final long value) {
        final int power = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(value) - BITS - 1);
        return power * STEPS + (int) (value >>> power);
    }

    /** The highest value that has this place. */
    private static long ceiling(final int place) {
        final int power = Math.max(0, place / STEPS - 1);
        return ((long) (place - power * STEPS) + 1 << power) - 1;
    }
}
