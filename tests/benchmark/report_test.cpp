#include "tools/benchmark/report/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sporkle::bench {
namespace {

Timing timing(const std::string& name, std::vector<double> seconds, double of_limit, bool comparable = true) {
    Timing t;
    t.name = name;
    t.comparable = comparable;
    for (std::size_t round = 0; round < seconds.size(); ++round) t.round_times[int(round)] = seconds[round];
    t.seconds = summarise(seconds);
    if (of_limit > 0) t.of_limit = summarise({of_limit});
    return t;
}

Row sample_row() {
    Measurement m;
    m.timings = {timing("Sporkle", {1.0, 2.0, 4.0}, 0.5), timing("slow", {8.0, 8.0, 8.0}, 0.125),
                 timing("easier", {0.5, 0.5, 0.5}, 2.0, false), timing("best", {2.0, 4.0, 8.0}, 0.25)};
    m.limit_seconds = summarise({1.0});
    Row row = make_row("group", "work <1>", 2, Unit::gflops(8e9), "FMA peak", m);
    row.bar = Bar{Bar::Kind::share_of_limit, 0.4};
    return row;
}

TEST(Report, RowInItsUnit) {
    const Row row = sample_row();
    EXPECT_DOUBLE_EQ(row.ours().median, 4.0);  // 8 GFLOP in 2 s
    EXPECT_DOUBLE_EQ(row.ours().minimum, 2.0);
    EXPECT_DOUBLE_EQ(row.ours().maximum, 8.0);
    EXPECT_DOUBLE_EQ(*row.limit, 8.0);
    EXPECT_EQ(row.rounds, 3);
}

TEST(Report, TimesHaveTheirExtremesTheOtherWayRound) {
    Measurement m;
    m.timings = {timing("Sporkle", {1e-9, 2e-9, 4e-9}, 0)};
    const Row row = make_row("g", "n", 1, Unit::nanoseconds(), "", m);
    EXPECT_DOUBLE_EQ(row.ours().median, 2);
    EXPECT_DOUBLE_EQ(row.ours().minimum, 1);
    EXPECT_DOUBLE_EQ(row.ours().maximum, 4);
    EXPECT_FALSE(row.limit.has_value());
    EXPECT_EQ(row.peer(), nullptr);
    EXPECT_FALSE(row.bar_holds().has_value());
}

TEST(Report, PeerIsTheBestComparableOne) {
    const Row row = sample_row();
    ASSERT_NE(row.peer(), nullptr);
    EXPECT_EQ(row.peer()->name, "best");
    EXPECT_DOUBLE_EQ(row.peer()->ours_faster, 2.0);
}

TEST(Report, BarsHoldOrNot) {
    Row row = sample_row();
    EXPECT_TRUE(*row.bar_holds());
    row.bar = Bar{Bar::Kind::share_of_limit, 0.6};
    EXPECT_FALSE(*row.bar_holds());
    row.bar = Bar{Bar::Kind::at_most, 4.0};
    EXPECT_TRUE(*row.bar_holds());
    row.bar = Bar{Bar::Kind::at_most, 3.9};
    EXPECT_FALSE(*row.bar_holds());
}

TEST(Report, BarsAgainstAPeer) {
    Row row = sample_row();  // twice as fast as the best comparable peer
    row.bar = Bar{Bar::Kind::share_of_peer, 2.0};
    EXPECT_TRUE(*row.bar_holds());
    row.bar = Bar{Bar::Kind::share_of_peer, 2.1};
    EXPECT_FALSE(*row.bar_holds());
    row.bar = Bar{Bar::Kind::at_least, 4.0};
    EXPECT_TRUE(*row.bar_holds());
    row.bar = Bar{Bar::Kind::at_least, 4.1};
    EXPECT_FALSE(*row.bar_holds());
    row.entries.resize(1);
    row.bar = Bar{Bar::Kind::share_of_peer, 0.1};
    EXPECT_FALSE(row.bar_holds().has_value()) << "without a peer there is nothing to judge by";
}

TEST(Report, ARowWithoutFiguresSaysWhy) {
    Row row;
    row.name = "broken work";
    row.threads = 0;
    row.outcome = Outcome::failed;
    row.reason = "element 3 is wrong";
    row.bar = Bar{Bar::Kind::at_least, 250};
    const std::string table = to_table({}, {row});
    EXPECT_NE(table.find("FAILED: element 3 is wrong"), std::string::npos) << table;
    EXPECT_NE(table.find("not measured"), std::string::npos) << table;
    const auto json = nlohmann::json::parse(to_json({}, {row}))["rows"][0];
    EXPECT_EQ(json["outcome"], "failed");
    EXPECT_EQ(json["reason"], row.reason);
    for (const char* key : {"ours", "median", "peer", "limit"}) EXPECT_TRUE(json[key].is_null()) << key;
    EXPECT_TRUE(json["bar"]["holds"].is_null());
}

TEST(Report, AContenderWithoutSamplesDisturbsTheRow) {
    Measurement m;
    m.timings = {timing("Sporkle", {1.0}, 0), timing("never", {}, 0)};
    const Row row = make_row("g", "n", 1, Unit::seconds(), "", m);
    EXPECT_EQ(row.entries.size(), 1u);
    EXPECT_TRUE(row.disturbed);
}

TEST(Report, Json) {
    RunInfo info;
    info.machine.cpu = "A \"quoted\" CPU";
    info.versions = {{"peer", "1.2"}};
    Row bare = sample_row();
    bare.entries.resize(1);
    bare.limit.reset();
    bare.bar.reset();
    const auto all = nlohmann::json::parse(to_json(info, {sample_row(), bare}));
    EXPECT_EQ(all["machine"]["cpu"], info.machine.cpu);
    EXPECT_EQ(all["versions"]["peer"], "1.2");
    const auto& row = all["rows"][0];
    for (const char* key : {"name", "ours", "peer", "limit", "unit", "median", "minimum", "maximum"})
        EXPECT_TRUE(row.contains(key)) << key;
    EXPECT_EQ(row["ours"], 4.0);
    EXPECT_EQ(row["peer"], 2.0);
    EXPECT_EQ(row["peer_name"], "best");
    EXPECT_EQ(row["contenders"].size(), 4u);
    EXPECT_TRUE(row["bar"]["holds"]);
    const auto& without = all["rows"][1];
    for (const char* key : {"peer", "peer_name", "limit", "limit_name", "ours_of_limit", "bar"})
        EXPECT_TRUE(without[key].is_null()) << key;
}

TEST(Report, TableNamesRowsAndPromises) {
    Row missed = sample_row();
    missed.bar = Bar{Bar::Kind::at_most, 1};
    const std::string table = to_table({}, {sample_row(), missed});
    EXPECT_NE(table.find("work <1>"), std::string::npos);
    EXPECT_NE(table.find("at least 40 % of FMA peak: 50 %, holds"), std::string::npos) << table;
    EXPECT_NE(table.find("at most 1 GFLOP/s: 4 GFLOP/s, MISSED"), std::string::npos) << table;
}

TEST(Report, PlotEscapesNamesAndSkipsRowsWithoutALimit) {
    const std::string plot = to_svg("group", {sample_row()});
    EXPECT_EQ(plot.rfind("<svg", 0), 0u);
    EXPECT_NE(plot.find("work &lt;1&gt;"), std::string::npos);
    EXPECT_EQ(plot.find("work <1>"), std::string::npos);
    Row bare = sample_row();
    bare.limit.reset();
    EXPECT_EQ(to_svg("group", {bare}), "");
}

}  // namespace
}  // namespace sporkle::bench
