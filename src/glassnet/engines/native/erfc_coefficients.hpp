// Coefficients of the scaled erfc, lowest power first; made by tools/make_erfc.py.
#pragma once

namespace glassnet::GLASSNET_ISA {

template <class T> struct Erfc;
template <> struct Erfc<float> {
    static constexpr int degree = 12;
    static constexpr float c[] = {
        float(1.2530080582534238661),
        float(-0.1356210694002736027),
        float(-0.047562292695653790479),
        float(0.12964411434408139391),
        float(-0.11927369132068086855),
        float(0.068316567771140853377),
        float(-0.023770334675484477223),
        float(0.0024991168696069475641),
        float(0.0018881128646091254255),
        float(-0.00072645367903404842363),
        float(-0.00010413071427970403519),
        float(0.000077310242240768950556),
        float(3.861849136821458515e-6),
    };
};
template <> struct Erfc<double> {
    static constexpr int degree = 23;
    static constexpr double c[] = {
        double(1.253008058269729547),
        double(-0.13562110612458115851),
        double(-0.047562294353420379084),
        double(0.12964515870275939232),
        double(-0.11927366341676002309),
        double(0.068308027344009903797),
        double(-0.023770514891530075224),
        double(0.0025293918156939695289),
        double(0.0018886900977441494999),
        double(-0.00077983226965433065201),
        double(-0.00010515831297813128185),
        double(0.00012509934245837290944),
        double(4.9441243422236598506e-6),
        double(-0.000020100542268525610943),
        double(-7.1878838344042666542e-7),
        double(3.4723709449771681704e-6),
        double(3.3669790806407595836e-7),
        double(-6.1660114603987259305e-7),
        double(-1.2054142286489378911e-7),
        double(1.0183620603842736649e-7),
        double(2.7843881265502220628e-8),
        double(-1.3312919661038687714e-8),
        double(-3.1813541434969273259e-9),
        double(9.8625335103455875929e-10),
    };
};

}  // namespace glassnet::GLASSNET_ISA
