// Calls whatever the runtime's public headers leave to the library.
#include <sporkle/sporkle.hpp>

#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace sporkle;

namespace {

void expect(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "runtime_names: %s\n", what);
    std::exit(1);
}

/// Whether f throws an Error of that code.
template <class F>
bool throws(ErrorCode code, F&& f) {
    try {
        f();
    } catch (const Error& error) {
        return error.code() == code;
    }
    return false;
}

void arrays(const Context& ctx) {
    Array<float, 2> a = ctx.array<float>({4, 6});
    const View<float, 2> view = a.view();
    expect(throws(ErrorCode::invalid_argument, [&] { (void)view.extent(2); }), "extent of no dimension");
    expect(throws(ErrorCode::invalid_argument, [&] { (void)view.at(4, 0); }), "element outside");
    expect(view.slice(0, 0, 4, 2).extent(0) == 2, "slice");
    expect(view.permute({1, 0}).extent(0) == 6, "permuted");
    expect(a.view().slice(0, 0, 1).broadcast(0, 9).extent(0) == 9, "broadcast");
    DeviceArray<float, 2> b = ctx.on("cpu").array<float>({4, 6});
    b.copy_from(a);
    b.copy_to(a);
    expect(b.device() == "cpu" && b.host_visible() && b.host().extent(1) == 6, "array of a device");
}

}  // namespace

int main() {
    Options options;
    options.devices = {"cpu"};
    options.wisdom = "";
    Context ctx(options);
    arrays(ctx);
    const std::vector<Operand> none;
    const auto unknown = [&](auto&& f) { return throws(ErrorCode::unknown_kernel, f); };
    expect(unknown([&] { ctx.run_by_name("absent", none); }), "run");
    expect(unknown([&] { (void)ctx.prepare(KernelId("absent"), none); }), "prepare");
    expect(unknown([&] { ctx.tune(KernelId("absent"), none); }), "tune");
    expect(unknown([&] { (void)ctx.variants(KernelId("absent")); }), "variants");
    expect(unknown([&] { ctx.pin(KernelId("absent"), {}); }), "pin");
    expect(unknown([&] { (void)ctx.report(KernelId("absent")); }), "report");
    expect(unknown([&] { ctx.unpin(KernelId("absent")); }), "unpin");
    expect(throws(ErrorCode::input_output, [&] { ctx.load("/absent"); }), "load");
    expect(ctx.devices().size() == 1 && !to_text(Report{}).empty(), "devices");
    (void)ctx.absences();
    expect(
        unknown([&] {
            (void)ctx.on("cpu").record([&](Recorder& recorder) { recorder.run(KernelId("absent"), none); });
        }),
        "record");
    Recording recording = ctx.on("cpu").record([](Recorder&) {});
    Recording moved = std::move(recording);
    moved();
    expect(*name_of(Mode::measure) != 0 && *name_of(CandidateState{}) != 0 && *name_of(Origin{}) != 0,
           "names");
    return 0;
}
