// Made murmur2.tsv, with Kafka's own function: a key a line in, key, hash, and partitions of 8 and of 50 out.
//   java -cp "target/tmp/kafka-libs/*" tests/kafka/data/Murmur2.java < keys.txt > murmur2.tsv      (needs a JDK)
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;

public class Murmur2 {
    public static void main(String[] arguments) throws Exception {
        var keys = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String key = keys.readLine(); key != null; key = keys.readLine()) {
            int hash = Utils.murmur2(key.getBytes(StandardCharsets.UTF_8));
            System.out.println(key + "\t" + hash + "\t" + Utils.toPositive(hash) % 8 + "\t" + Utils.toPositive(hash) % 50);
        }
    }
}
