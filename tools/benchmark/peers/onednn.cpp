// oneDNN: primitives with code generated at run time for the CPU and the shape.
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

using namespace dnnl;
using Tag = memory::format_tag;
constexpr auto f32 = memory::data_type::f32;
using Arguments = std::unordered_map<int, memory>;

class OneDnn final : public Peer {
  public:
    std::string name() const override { return "oneDNN"; }
    std::string version() const override {
        const dnnl_version_t* v = dnnl_version();
        return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
    }
    void set_threads(int threads) override { omp_set_num_threads(threads); }

    Contenders gemm(const Gemm& g) override {
        return {product(g, Tag::ab, false), product(g, Tag::ab, true)};
    }
    /// A matrix times a vector, the matrix being the weights: x as one row times aᵀ.
    Contenders gemv(const Gemv& g) override {
        const Gemm as_row{1, g.m, g.k, g.x, g.a, g.y};
        return {product(as_row, Tag::ba, false), product(as_row, Tag::ba, true)};
    }

    Contenders conv(const Conv& c) override {
        if (c.layout == Layout::nhwc)
            return {
                convolution(name() + " packed", c, Tag::nhwc, Tag::any, algorithm::convolution_direct, true)};
        Contenders all = {
            convolution(name(), c, Tag::nchw, Tag::oihw, algorithm::convolution_direct, true),
            convolution(name() + " reorders", c, Tag::any, Tag::any, algorithm::convolution_direct, true)};
        if (c.r == 3 && c.stride == 1)  // what Winograd's method is made for
            all.push_back(convolution(name() + " Winograd", c, Tag::any, Tag::any,
                                      algorithm::convolution_winograd, false));
        return all;
    }

    Contenders elementwise(const Elementwise& e) override {
        switch (e.function) {
            case Function::affine_relu:
            case Function::gelu:
                return {};  // several primitives: nobody would
            case Function::sigmoid:
                return {unary(e, algorithm::eltwise_logistic)};
            case Function::exp:
                return {unary(e, algorithm::eltwise_exp)};
            case Function::tanh:
                return {unary(e, algorithm::eltwise_tanh)};
        }
        return {};
    }

    Contenders softmax(const Softmax& s) override {
        const memory::desc shape({s.rows, s.columns}, f32, Tag::ab);
        const softmax_forward::primitive_desc description(
            softmax_forward::desc(prop_kind::forward_inference, shape, 1), engine_);
        return {primitive_contender(name(), softmax_forward(description),
                                    {{DNNL_ARG_SRC, wrap(shape, s.x)}, {DNNL_ARG_DST, wrap(shape, s.out)}})};
    }

  private:
    memory wrap(const memory::desc& shape, const float* data) {
        return memory(shape, engine_, const_cast<float*>(data));
    }
    Contender primitive_contender(std::string name, primitive work, Arguments arguments) {
        return contender(std::move(name), [work, arguments, stream = stream_]() mutable {
            work.execute(stream, arguments);
            stream.wait();
        });
    }
    /// `given` itself where it has the wanted form, else new memory of that form.
    memory like(const memory& given, const memory::desc& wanted) {
        return given.get_desc() == wanted ? given : memory(wanted, engine_);
    }
    /// `given` in the form that the primitive wants: copied there once, before the timing.
    memory prepared(memory given, const memory::desc& wanted) {
        memory copy = like(given, wanted);
        if (copy == given) return given;
        reorder(given, copy).execute(stream_, given, copy);
        stream_.wait();
        return copy;
    }

    /// `stored` is how b lies in memory; packed: the library copies it before, into the form that it likes
    /// best.
    Contender product(const Gemm& g, Tag stored, bool packed) {
        const memory::desc a({g.m, g.k}, f32, Tag::ab), b({g.k, g.n}, f32, stored),
            c({g.m, g.n}, f32, Tag::ab);
        const memory::desc wanted({g.k, g.n}, f32, packed ? Tag::any : stored);
        const matmul::primitive_desc description(matmul::desc(a, wanted, c), engine_);
        return primitive_contender(packed ? name() + " packed" : name(), matmul(description),
                                   {{DNNL_ARG_SRC, wrap(a, g.a)},
                                    {DNNL_ARG_WEIGHTS, prepared(wrap(b, g.b), description.weights_desc())},
                                    {DNNL_ARG_DST, wrap(c, g.c)}});
    }

    Contender convolution(std::string name, const Conv& c, Tag images, Tag weights, algorithm how,
                          bool comparable) {
        const Tag given_images = c.layout == Layout::nhwc ? Tag::nhwc : Tag::nchw;
        const Tag given_weights = c.layout == Layout::nhwc ? Tag::hwio : Tag::oihw;
        const memory::dims in{c.n, c.ci, c.size, c.size}, kernel{c.co, c.ci, c.r, c.r},
            out{c.n, c.co, c.out_size(), c.out_size()};
        const convolution_forward::primitive_desc description({prop_kind::forward_inference,
                                                               how,
                                                               {in, f32, images},
                                                               {kernel, f32, weights},
                                                               {out, f32, images},
                                                               {c.stride, c.stride},
                                                               {c.padding, c.padding},
                                                               {c.padding, c.padding}},
                                                              engine_);
        memory source = wrap({in, f32, given_images}, c.input);
        memory target = wrap({out, f32, given_images}, c.output);
        const memory packed =
            prepared(wrap({kernel, f32, given_weights}, c.weights), description.weights_desc());
        memory inner_source = like(source, description.src_desc());
        memory inner_target = like(target, description.dst_desc());
        const convolution_forward work(description);
        Contender result = contender(
            std::move(name), [=, in_order = reorder(source, inner_source),
                              out_order = reorder(inner_target, target), stream = stream_]() mutable {
                if (inner_source != source) in_order.execute(stream, source, inner_source);
                work.execute(
                    stream,
                    {{DNNL_ARG_SRC, inner_source}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, inner_target}});
                if (inner_target != target) out_order.execute(stream, inner_target, target);
                stream.wait();
            });
        result.comparable = comparable;
        return result;
    }

    Contender unary(const Elementwise& e, algorithm how) {
        const memory::desc shape({memory::dim(e.n)}, f32, Tag::a);
        const eltwise_forward::primitive_desc description(
            eltwise_forward::desc(prop_kind::forward_inference, how, shape, 0, 0), engine_);
        return primitive_contender(name(), eltwise_forward(description),
                                   {{DNNL_ARG_SRC, wrap(shape, e.x)}, {DNNL_ARG_DST, wrap(shape, e.out)}});
    }

    engine engine_{engine::kind::cpu, 0};
    stream stream_{engine_};
};

}  // namespace

std::unique_ptr<Peer> make_onednn() { return std::make_unique<OneDnn>(); }

}  // namespace sporkle::bench
