import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.EventHandlerGroup;
import com.lmax.disruptor.dsl.ProducerType;

/** LMAX's Disruptor with many threads: Growth DIMENSION VALUE EVENTS, as the program `growth` of benches/compare. */
public final class Growth {
    private static final String USAGE = "usage: Growth chain|fan-out|diamond|producers VALUE EVENTS | --list";
    private static final String[] DIMENSIONS = {"chain", "fan-out", "diamond", "producers"};

    private Growth() {
    }

    /** Measures one value, or says what there is. */
    public static void main(final String[] arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("--list")) {
            for (final String dimension : DIMENSIONS) {
                System.out.println("lmax " + dimension);
            }
            return;
        }
        if (arguments.length != 3 || !java.util.Arrays.asList(DIMENSIONS).contains(arguments[0])) {
            Rounds.usage(USAGE);
        }
        final String dimension = arguments[0];
        final int value = Integer.parseInt(arguments[1]);
        final long events = Long.parseLong(arguments[2]);
        final Rounds.Round round =
            dimension.equals("producers") ? () -> producers(events, value) : () -> stages(dimension, events, value);
        Rounds.measure(dimension + " " + value, events, round);
    }

    private static long stages(final String dimension, final long events, final int value) throws Exception {
        final Disruptor<Stages.Value> disruptor = Stages.values(Stages.SMALL, ProducerType.SINGLE);
        final Stages.Adder[] stages = new Stages.Adder[dimension.equals("diamond") ? value + 1 : value];
        for (int place = 0; place < stages.length; place++) {
            stages[place] = new Stages.Adder(events);
        }
        if (dimension.equals("chain")) {
            EventHandlerGroup<Stages.Value> group = disruptor.handleEventsWith(stages[0]);
            for (int place = 1; place < value; place++) {
                group = group.then(stages[place]);
            }
        } else {
            final Stages.Adder[] beside = java.util.Arrays.copyOf(stages, value);
            final EventHandlerGroup<Stages.Value> group = disruptor.handleEventsWith(beside);
            if (stages.length > value) {
                group.then(stages[value]);
            }
        }
        final RingBuffer<Stages.Value> ring = disruptor.start();
        final long begun = System.nanoTime();
        Stages.publish(ring, 0, events);
        long ended = begun;
        for (final Stages.Adder stage : stages) {
            ended = Math.max(ended, stage.ended());
        }
        disruptor.shutdown();
        for (final Stages.Adder stage : stages) {
            Rounds.check("sum", stage.sum, Rounds.sumBelow(events));
        }
        return ended - begun;
    }

    private static long producers(final long events, final int count) throws Exception {
        final Disruptor<Stages.Value> disruptor = Stages.values(Stages.LARGE, ProducerType.MULTI);
        final Stages.Adder add = new Stages.Adder(events);
        disruptor.handleEventsWith(add);
        final RingBuffer<Stages.Value> ring = disruptor.start();
        final long begun = System.nanoTime();
        Stages.sharedOut(events, count, (from, to) -> Stages.publish(ring, from, to));
        final long took = add.ended() - begun;
        disruptor.shutdown();
        Rounds.check("sum", add.sum, Rounds.sumBelow(events));
        return took;
    }
}
