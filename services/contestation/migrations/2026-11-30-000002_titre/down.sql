DROP TABLE titre_avis;
DROP TABLE titre;
DROP TABLE omp_signer;
